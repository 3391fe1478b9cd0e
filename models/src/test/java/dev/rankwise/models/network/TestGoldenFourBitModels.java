package dev.rankwise.models.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.Golden;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.source.BaseDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Logits and loss of the bases that bitsandbytes saved in four bits. */
class TestGoldenFourBitModels {
  private static final double TOLERANCE = 1e-4;

  @TempDir Path cache;

  @TestFactory
  Stream<DynamicTest> everyGoldenBaseInFourBits() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path folder : Golden.folders("nf4")) {
      if (Files.exists(folder.resolve("model.safetensors"))) {
        tests.add(DynamicTest.dynamicTest(folder.getFileName().toString(), () -> agrees(folder)));
      }
    }
    Golden.requireSome("bases in nf4", tests.size(), 2);
    return tests.stream();
  }

  /** In bfloat16 no farther from float32 on the same weights than twice what the peer is. */
  private void agrees(Path folder) {
    try (SafetensorsFile cases = SafetensorsFile.open(folder.resolve("cases.safetensors"))) {
      PaddedCase golden = PaddedCase.of(cases);
      float[] expected = cases.floats("logits");
      double loss = cases.floats("loss_sum")[0];
      boolean wide = cases.metadata().get("golden").contains("\"compute\": \"fp32\"");
      float[][] reference = logits(folder, BaseType.FLOAT32, golden);
      if (wide) {
        assertThat(golden.distanceOfScores(reference, expected)).isLessThan(TOLERANCE);
        assertThat(loss(folder, golden)).isCloseTo(loss, Offset.offset(TOLERANCE * loss));
        return;
      }
      float[][] found = logits(folder, BaseType.BFLOAT16, golden);
      double gap = golden.distanceOfScores(reference, expected);
      assertThat(golden.cosineOfScores(found, expected)).isGreaterThan(0.999);
      assertThat(PaddedCase.distanceOf(flat(found), flat(reference))).isLessThanOrEqualTo(2 * gap);
    }
  }

  private float[][] logits(Path folder, BaseType type, PaddedCase golden) {
    try (Replica replica = open(folder, type);
        Parameters none = replica.parameters(new float[0])) {
      return replica.logits(none, golden.batch());
    }
  }

  private double loss(Path folder, PaddedCase golden) {
    try (Replica replica = open(folder, BaseType.FLOAT32);
        Parameters none = replica.parameters(new float[0]);
        GradientPass pass = replica.gradientPass(none)) {
      pass.add(golden.batch(), 1);
      return pass.finish().lossSum();
    }
  }

  private Replica open(Path folder, BaseType type) {
    return Replica.open(
        new BaseDirectory(folder, Sha256.ofFile(folder.resolve("model.safetensors"))),
        ModelConfig.read(folder.resolve("config.json")),
        Attachment.none(),
        new ReplicaSettings(type, BaseType.FLOAT32, 1),
        cache);
  }

  private static float[] flat(float[][] rows) {
    float[] flat = new float[rows.length * rows[0].length];
    for (int row = 0; row < rows.length; row++) {
      System.arraycopy(rows[row], 0, flat, row * rows[0].length, rows[0].length);
    }
    return flat;
  }
}
