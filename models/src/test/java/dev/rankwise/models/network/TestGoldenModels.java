package dev.rankwise.models.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.Children;
import dev.rankwise.models.Golden;
import dev.rankwise.models.GoldenSupport;
import dev.rankwise.models.architecture.Networks;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.source.BaseDirectory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Hidden states, logits and loss of every base that is computed among the golden models. */
@Tag("core")
class TestGoldenModels {
  private static final double TOLERANCE = 1e-4;

  @TempDir Path cache;

  @TestFactory
  Stream<DynamicTest> everyGoldenBaseThatIsComputed() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path folder : Golden.folders("models")) {
      String name = folder.getFileName().toString();
      Optional<String> uncomputed = GoldenSupport.baseUncomputed(folder);
      if (uncomputed.isEmpty()) {
        tests.add(DynamicTest.dynamicTest(name + " float32", () -> float32(folder)));
        tests.add(DynamicTest.dynamicTest(name + " bfloat16", () -> bfloat16(folder)));
        if (isPacked(folder)) {
          tests.add(DynamicTest.dynamicTest(name + " packed", () -> packed(folder)));
        }
      } else {
        Golden.skipped(folder, uncomputed.get());
      }
    }
    Golden.requireSome("bases in models", tests.size(), 20);
    return tests.stream();
  }

  /** A family that is computed one day must not go on to be left out above. */
  @Test
  void familiesThatAreLeftOutAreRefused() {
    for (Path model : Children.folders(Golden.own("models"))) {
      ModelConfig config = ModelConfig.read(model.resolve("config.json"));
      if (GoldenSupport.familyUncomputed(model).isEmpty()) {
        assertThat(Networks.of(config).segments()).as(model.toString()).isNotEmpty();
      } else {
        assertThatThrownBy(() -> Networks.of(config))
            .as(model.toString())
            .isInstanceOf(UserInputException.class)
            .hasMessageContaining("model_type");
      }
    }
  }

  private void float32(Path folder) {
    try (SafetensorsFile cases = SafetensorsFile.open(folder.resolve("cases.safetensors"));
        Replica replica = replica(folder, BaseType.FLOAT32);
        Parameters parameters = replica.parameters(new float[0])) {
      PaddedCase golden = PaddedCase.of(cases, replica.config());
      List<float[]> states = replica.states(parameters, golden.batch());
      for (int i = 0; cases.tensors().containsKey("hidden." + i); i++) {
        assertThat(golden.distance(states.get(i), cases.floats("hidden." + i)))
            .as("hidden." + i)
            .isLessThan(TOLERANCE);
      }
      assertThat(golden.distance(last(states), cases.floats("last_hidden_state")))
          .isLessThan(TOLERANCE);
      float[][] logits = replica.logits(parameters, golden.batch());
      assertThat(golden.distanceOfScores(logits, cases.floats("logits"))).isLessThan(TOLERANCE);
      double loss = cases.floats("loss_sum")[0];
      try (GradientPass pass = replica.gradientPass(parameters)) {
        pass.add(golden.batch(), 1);
        GroupSum sum = pass.finish();
        assertThat(sum.lossSum()).isCloseTo(loss, Offset.offset(TOLERANCE * loss));
        if (cases.tensors().containsKey("targets")) {
          assertThat(golden.batch().targets()).hasSize(Math.toIntExact(cases.longs("targets")[0]));
        }
      }
      assertThat(crossEntropy(logits, golden.batch().labels()))
          .isCloseTo(loss, Offset.offset(TOLERANCE * loss));
    }
  }

  private void bfloat16(Path folder) {
    try (SafetensorsFile cases = SafetensorsFile.open(folder.resolve("cases.safetensors"));
        Replica replica = replica(folder, BaseType.BFLOAT16);
        Parameters parameters = replica.parameters(new float[0])) {
      PaddedCase golden = PaddedCase.of(cases, replica.config());
      List<float[]> states = replica.states(parameters, golden.batch());
      float[] last = last(states);
      float[] peer = cases.floats("bf16.last_hidden_state");
      double gap = golden.distance(golden.unpadded(peer), cases.floats("last_hidden_state"));
      assertThat(golden.cosine(last, peer)).isGreaterThan(0.999);
      assertThat(golden.distance(last, cases.floats("last_hidden_state"))).isLessThan(2 * gap);
      if (cases.tensors().containsKey("bf16.logits")) {
        float[][] logits = replica.logits(parameters, golden.batch());
        float[] peerLogits = cases.floats("bf16.logits");
        assertThat(golden.cosineOfScores(logits, peerLogits)).isGreaterThan(0.999);
        double peerGap =
            PaddedCase.distanceOf(
                golden.likeScores(logits, peerLogits),
                golden.likeScores(logits, cases.floats("logits")));
        assertThat(golden.distanceOfScores(logits, cases.floats("logits"))).isLessThan(2 * peerGap);
      }
    }
  }

  private static boolean isPacked(Path folder) {
    try (SafetensorsFile cases = SafetensorsFile.open(folder.resolve("cases.safetensors"))) {
      return cases.tensors().containsKey("packed.input_ids");
    }
  }

  /** Documents in one row score as they do alone, and as the peer's row with a mask. */
  private void packed(Path folder) {
    try (SafetensorsFile cases = SafetensorsFile.open(folder.resolve("cases.safetensors"));
        Replica replica = replica(folder, BaseType.FLOAT32);
        Parameters parameters = replica.parameters(new float[0])) {
      TokenBatch batch = row(cases);
      assertThat(batch.sequences()).isGreaterThan(1);
      PaddedCase row = new PaddedCase(batch, 1, batch.tokens());
      float[][] logits = replica.logits(parameters, batch);
      for (String peer : List.of("packed.row_logits", "packed.separate_logits")) {
        assertThat(row.distanceOfScores(logits, cases.floats(peer))).as(peer).isLessThan(TOLERANCE);
      }
    }
  }

  /** The packed row, a sequence for each of its segments. */
  private static TokenBatch row(SafetensorsFile cases) {
    int[] ids = ints(cases.longs("packed.input_ids"));
    long[] segments = cases.longs("packed.segments");
    int[] starts =
        IntStream.range(0, ids.length + 1)
            .filter(i -> i == 0 || i == ids.length || segments[i] != segments[i - 1])
            .toArray();
    int[] positions = ints(cases.longs("packed.position_ids"));
    return new TokenBatch(ids, new int[ids.length], positions, starts, new int[0]);
  }

  private static int[] ints(long[] values) {
    return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
  }

  private Replica replica(Path folder, BaseType type) {
    BaseDirectory base =
        new BaseDirectory(folder, Sha256.ofFile(folder.resolve("model.safetensors")));
    return Replica.open(
        base,
        ModelConfig.read(base.config()),
        Attachment.none(),
        new ReplicaSettings(type, BaseType.FLOAT32, 1),
        cache);
  }

  private static float[] last(List<float[]> states) {
    return states.get(states.size() - 1);
  }

  private static double crossEntropy(float[][] logits, int[] labels) {
    double sum = 0;
    for (int row = 0; row < labels.length; row++) {
      if (labels[row] != TokenBatch.NONE) {
        double all = 0;
        for (float logit : logits[row]) {
          all += Math.exp(logit);
        }
        sum += Math.log(all) - logits[row][labels[row]];
      }
    }
    return sum;
  }
}
