package dev.rankwise.adapters.merge;

import static dev.rankwise.models.CloseFloats.requireClose;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.failure.TrainingStoppedException;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.format.ShardedWeights;
import dev.rankwise.models.network.Attachment;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.Parameters;
import dev.rankwise.models.network.RandomDecoder;
import dev.rankwise.models.network.Replica;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.source.BaseDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TestMergedBase {
  private static final ReplicaSettings SETTINGS =
      new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1);

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"llama", "gpt2", "phi3"})
  void theMergedBaseComputesWhatBaseAndAdapterCompute(String family) throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, family, 31);
    Adapter adapter = adapter(decoder.config(), "lora", ModuleChoice.of("all-linear"));
    TokenBatch batch = decoder.batch(2);

    Path merged = write(decoder, adapter, Optional.empty(), ShardedWeights.USUAL_SHARD_BYTES);

    float[][] beside = logitsBeside(decoder, adapter, batch);
    assertClose(logitsOf(merged, batch), beside, 1e-4f);
  }

  @Test
  void shardsHoldWhatOneFileHolds() throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 32);
    Adapter adapter = adapter(decoder.config(), "lora", ModuleChoice.of("all-linear"));
    TokenBatch batch = decoder.batch(3);
    Path whole = write(decoder, adapter, Optional.of(ElementType.BF16), Long.MAX_VALUE);
    Path sharded = write(decoder, adapter, Optional.of(ElementType.BF16), 4_000);

    try (Stream<Path> files = Files.list(sharded)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .contains("model.safetensors.index.json", "config.json")
          .filteredOn(name -> name.startsWith("model-0"))
          .hasSizeGreaterThan(3);
    }
    try (SafetensorsFile one = SafetensorsFile.open(whole.resolve("model.safetensors"));
        SafetensorsFile many =
            SafetensorsFile.open(sharded.resolve("model.safetensors.index.json"))) {
      assertThat(many.tensors().keySet()).isEqualTo(one.tensors().keySet());
      assertThat(one.tensors().values()).allMatch(tensor -> tensor.type() == ElementType.BF16);
    }
    assertThat(logitsOf(sharded, batch)).isDeepEqualTo(logitsOf(whole, batch));
    assertThat(Files.readString(whole.resolve("config.json")))
        .contains("\"torch_dtype\" : \"bfloat16\"");
  }

  @Test
  void anAdaptedOutputEmbeddingUntiesTheConfiguration() throws IOException {
    RandomDecoder decoder = RandomDecoder.writeTied(folder, "gpt2", 33);
    Adapter adapter = adapter(decoder.config(), "lora", ModuleChoice.of(List.of("lm_head")));
    TokenBatch batch = decoder.batch(4);

    Path merged = write(decoder, adapter, Optional.empty(), Long.MAX_VALUE);

    assertThat(ModelConfig.read(merged.resolve("config.json")).tiedEmbeddings()).isFalse();
    float[][] beside = logitsBeside(decoder, adapter, batch);
    assertClose(logitsOf(merged, batch), beside, 1e-4f);
  }

  /** A tied table is one weight, whatever reads it. */
  @ParameterizedTest
  @ValueSource(strings = {"llama", "gpt2", "gemma2"})
  void aBaseThatWasTrainedInFullIsItsWeights(String family) throws IOException {
    RandomDecoder decoder = RandomDecoder.writeTied(folder, family, 34);
    Adapter trained = adapter(decoder.config(), "full", ModuleChoice.unset());
    TokenBatch batch = decoder.batch(5);

    Path merged = write(decoder, trained, Optional.of(ElementType.F32), Long.MAX_VALUE);

    float[][] beside = logitsBeside(decoder, trained, batch);
    assertClose(logitsOf(merged, batch), beside, 1e-5f);
  }

  @Test
  void whatOverflowsItsTypeIsRefused() throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 35);
    AdapterPlan plan = AdapterPlan.of(decoder.config(), AdapterSpec.of("full"));
    float[] values = new float[plan.layout().size()];
    values[3] = 1e6f;

    assertThatThrownBy(
            () ->
                write(
                    decoder,
                    new Adapter(plan, values),
                    Optional.of(ElementType.F16),
                    Long.MAX_VALUE))
        .isInstanceOf(TrainingStoppedException.class)
        .hasMessageContaining("or into a wider type");
  }

  private Path write(
      RandomDecoder decoder, Adapter adapter, Optional<ElementType> type, long shardBytes)
      throws IOException {
    Path target = Files.createTempDirectory(folder, "merged");
    try (SafetensorsFile file = SafetensorsFile.open(decoder.directory().weights())) {
      BaseWeights base = BaseWeights.of(file, ModuleTree.of(decoder.config()));
      new MergedBase(MergedWeights.of(adapter, base), decoder.directory())
          .write(target, type, shardBytes);
    }
    return target;
  }

  private static Adapter adapter(ModelConfig config, String method, ModuleChoice targets) {
    AdapterSpec spec = AdapterSpec.of(method).withRank(2, 4).withTargets(targets);
    AdapterPlan plan = AdapterPlan.of(config, spec);
    float[] values = new float[plan.layout().size()];
    SplittableRandom random = new SplittableRandom(36);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble(-0.4, 0.4);
    }
    return new Adapter(plan, values);
  }

  private float[][] logitsBeside(RandomDecoder decoder, Adapter adapter, TokenBatch batch) {
    return logits(
        decoder.directory(),
        decoder.config(),
        adapter.plan().attachment(),
        adapter.values(),
        batch);
  }

  private float[][] logitsOf(Path merged, TokenBatch batch) {
    ModelConfig config = ModelConfig.read(merged.resolve("config.json"));
    BaseDirectory base =
        new BaseDirectory(merged, Sha256.ofBytes(merged.toString().getBytes(UTF_8)));
    return logits(base, config, Attachment.none(), new float[0], batch);
  }

  private float[][] logits(
      BaseDirectory base,
      ModelConfig config,
      Attachment attachment,
      float[] theta,
      TokenBatch batch) {
    try (Replica replica = Replica.open(base, config, attachment, SETTINGS, folder);
        Parameters parameters = replica.parameters(theta)) {
      return replica.logits(parameters, batch);
    }
  }

  private static void assertClose(float[][] actual, float[][] expected, float tolerance) {
    assertThat(actual).hasSameDimensionsAs(expected);
    for (int row = 0; row < actual.length; row++) {
      requireClose(actual[row], expected[row], tolerance);
    }
  }
}
