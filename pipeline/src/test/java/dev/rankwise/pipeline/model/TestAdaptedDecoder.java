package dev.rankwise.pipeline.model;

import static dev.rankwise.models.CloseFloats.requireClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.GroupSum;
import dev.rankwise.models.network.RandomDecoder;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.source.BaseCache;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseReference;
import dev.rankwise.models.source.BaseSource;
import dev.rankwise.models.torch.TensorScope;
import dev.rankwise.pipeline.estimator.TinyAdapter;
import dev.rankwise.pipeline.executor.LoadedParameters;
import dev.rankwise.pipeline.executor.ResidentModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TestAdaptedDecoder {
  private static final ReplicaSettings SETTINGS =
      new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1);
  private static final AdapterSpec SPEC =
      AdapterSpec.of("lora")
          .withRank(2, 4)
          .withTargets(ModuleChoice.of(List.of("q_proj", "v_proj", "down_proj")));

  @TempDir Path folder;

  @Test
  void lossAndGradientAreMeansOverTargetsHoweverTheyAreSplit() throws IOException {
    int scopes = TensorScope.open();
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 3);
    TokenBatch whole = decoder.batch(4);
    int targets = whole.targets().length;
    try (ResidentModel model = source(decoder).open();
        LoadedParameters loaded = model.load(theta(decoder))) {
      GroupSum once = loaded.gradient(List.of(whole), targets);
      GroupSum again = loaded.gradient(List.of(whole), targets);
      GroupSum split =
          loaded.gradient(
              List.of(part(whole, 0, 2), part(whole, 2, 3), part(whole, 3, 5)), targets);

      assertThat(again.gradient()).containsExactly(once.gradient());
      requireClose(split.gradient(), once.gradient(), 1e-6);
      assertThat(split.lossSum()).isCloseTo(once.lossSum(), within(1e-6));
      assertThat(once.lossSum()).isBetween(0.5, 20.0);
      assertThat(loaded.logits(whole)).hasDimensions(whole.tokens(), 29);
    }
    assertThat(TensorScope.open()).isEqualTo(scopes);
  }

  @Test
  void aBaseWithoutAnOutputEmbeddingIsRefused() {
    AdaptedDecoder source =
        new AdaptedDecoder(
            TinyAdapter.reference(),
            SPEC.withTargets(ModuleChoice.of(List.of("query"))),
            SETTINGS,
            RequiredBits.any());
    assertThatThrownBy(source::open)
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot predict tokens with a base of architecture BertModel: it has no output"
                + " embedding; choose one such as LlamaForCausalLM");
  }

  @Test
  void everythingThatChangesTheModelChangesItsKey() throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 5);
    String key = source(decoder).key();
    BaseReference base = source(decoder).base();
    assertThat(
            List.of(
                new AdaptedDecoder(base, SPEC.withRank(3, 4), SETTINGS, RequiredBits.any()).key(),
                new AdaptedDecoder(base, SPEC, SETTINGS, new RequiredBits("a", "")).key(),
                new AdaptedDecoder(
                        base,
                        SPEC,
                        SETTINGS.with(ReplicaSettings.BlockActivations.RECOMPUTED),
                        RequiredBits.any())
                    .key()))
        .doesNotContain(key)
        .doesNotHaveDuplicates();
  }

  private static AdaptedDecoder source(RandomDecoder decoder) {
    String path = decoder.directory().config().getParent().toString();
    BaseDirectory base = new BaseSource(BaseCache.defaultRoot()).resolve(path);
    return new AdaptedDecoder(
        new BaseReference(path, base.sha256()), SPEC, SETTINGS, RequiredBits.any());
  }

  /** Two layers of A and B: r (in + out) for each of q 24→32, v 24→16 and down 36→24. */
  private static float[] theta(RandomDecoder decoder) {
    int size = decoder.config().layers() * 2 * (24 + 32 + 24 + 16 + 36 + 24);
    float[] theta = new float[size];
    Random random = new Random(6);
    for (int i = 0; i < size; i++) {
      theta[i] = (float) (0.3 * random.nextGaussian());
    }
    return theta;
  }

  private static TokenBatch part(TokenBatch batch, int from, int to) {
    int begin = batch.offsets()[from];
    int end = batch.offsets()[to];
    int[] offsets = new int[to - from + 1];
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = batch.offsets()[from + i] - begin;
    }
    return new TokenBatch(
        Arrays.copyOfRange(batch.ids(), begin, end),
        new int[end - begin],
        offsets,
        Arrays.copyOfRange(batch.labels(), begin, end));
  }
}
