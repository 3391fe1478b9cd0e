package dev.rankwise.adapters.kept;

import static dev.rankwise.models.CloseFloats.requireCloseForTheirSize;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.plan.InitialParameters;
import dev.rankwise.adapters.plan.RandomBase;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.network.Attachment;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.GradientPass;
import dev.rankwise.models.network.Parameters;
import dev.rankwise.models.network.RandomDecoder;
import dev.rankwise.models.network.Replica;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.network.TokenBatch;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TestFullTuning {
  private static final ReplicaSettings SETTINGS =
      new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1);

  @TempDir Path folder;

  /** Of a tied table both readings count: compared with a difference of the loss. */
  @ParameterizedTest
  @ValueSource(strings = {"llama", "gpt2"})
  void startsAtTheBaseAndTrainsEveryWeight(String family) throws IOException {
    RandomDecoder decoder = RandomDecoder.writeTied(folder, family, 41);
    AdapterPlan plan = AdapterPlan.of(decoder.config(), AdapterSpec.of("full"));
    assertThat(plan.layout().tensors())
        .extracting(tensor -> tensor.name())
        .containsExactlyInAnyOrderElementsOf(ModuleTree.of(decoder.config()).tensors().keySet());
    assertThat(plan.layout().parameters())
        .allMatch(parameter -> parameter.role() == Parameter.Role.KEPT);
    TokenBatch batch = decoder.batch(1);
    float[] theta = initial(decoder, plan);
    float[] gradient = gradient(decoder, plan, theta, batch);
    int table = plan.layout().offsetOf(plan.matched().tree().tokenEmbedding() + ".weight");
    for (int place : new int[] {table + 24 * batch.ids()[0] + 3, table + 24 * 7 + 1, 50}) {
      double step = 1e-2;
      double above = loss(decoder, plan, moved(theta, place, step), batch);
      double below = loss(decoder, plan, moved(theta, place, -step), batch);
      assertThat((double) gradient[place]).isCloseTo((above - below) / (2 * step), within(2e-3));
    }
    try (Replica base = open(decoder, Attachment.none());
        Parameters nothing = base.parameters(new float[0]);
        Replica replica = open(decoder, plan.attachment());
        Parameters parameters = replica.parameters(theta)) {
      float[][] expected = base.logits(nothing, batch);
      float[][] found = replica.logits(parameters, batch);
      assertThat(found).hasDimensions(expected.length, expected[0].length);
      // The same weights at other places in memory: some processors' products round by the place.
      for (int row = 0; row < expected.length; row++) {
        requireCloseForTheirSize(found[row], expected[row], 1e-6);
      }
    }
  }

  @Test
  void aRandomBaseHasNormsOfOnesAndNumbersThatFollowFromTheSeed() throws IOException {
    ModelConfig config = RandomDecoder.write(folder, "llama", 42).config();
    RandomBase.write(folder.resolve("a"), config, 1);
    RandomBase.write(folder.resolve("b"), config, 1);
    RandomBase.write(folder.resolve("c"), config, 2);

    assertThat(folder.resolve("b")).hasSameBinaryContentAs(folder.resolve("a"));
    try (SafetensorsFile first = SafetensorsFile.open(folder.resolve("a"));
        SafetensorsFile other = SafetensorsFile.open(folder.resolve("c"))) {
      assertThat(first.floats("model.norm.weight")).containsOnly(1);
      float[] table = first.floats("model.embed_tokens.weight");
      assertThat(table).isNotEqualTo(other.floats("model.embed_tokens.weight"));
      double squares = 0;
      for (float value : table) {
        squares += (double) value * value;
      }
      assertThat(Math.sqrt(squares / table.length))
          .isCloseTo(config.initializerRange(), within(0.002));
    }
  }

  private static float[] moved(float[] theta, int place, double step) {
    float[] moved = theta.clone();
    moved[place] += (float) step;
    return moved;
  }

  private float[] initial(RandomDecoder decoder, AdapterPlan plan) {
    try (SafetensorsFile file = SafetensorsFile.open(decoder.directory().weights())) {
      return InitialParameters.draw(1, plan, BaseWeights.of(file, plan.matched().tree()));
    }
  }

  private float[] gradient(
      RandomDecoder decoder, AdapterPlan plan, float[] theta, TokenBatch batch) {
    try (Replica replica = open(decoder, plan.attachment());
        Parameters parameters = replica.parameters(theta);
        GradientPass pass = replica.gradientPass(parameters)) {
      pass.add(batch, 1);
      return pass.finish().gradient();
    }
  }

  private double loss(RandomDecoder decoder, AdapterPlan plan, float[] theta, TokenBatch batch) {
    try (Replica replica = open(decoder, plan.attachment());
        Parameters parameters = replica.parameters(theta)) {
      return replica.targetScores(parameters, batch).lossSum();
    }
  }

  private Replica open(RandomDecoder decoder, Attachment attachment) {
    return Replica.open(decoder.directory(), decoder.config(), attachment, SETTINGS, folder);
  }
}
