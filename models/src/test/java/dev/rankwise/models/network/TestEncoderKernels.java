package dev.rankwise.models.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.models.architecture.Networks;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.torch.NoOpenScopes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The encoder's kernels (embeddings, block, head, frozen products, loss) against an oracle in
 * double: values, gradients of every tensor of the base by central differences, and equal bits on
 * later calls and other threads.
 */
@ExtendWith(NoOpenScopes.class)
class TestEncoderKernels {
  private static final ReplicaSettings FLOAT32 =
      new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1);

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"bert, gelu", "bert, relu", "bert, silu", "roberta, gelu", "roberta, gelu_new"})
  void statesAndLogitsEqualTheOracle(String modelType, String activation) throws IOException {
    RandomEncoder encoder = RandomEncoder.write(folder, modelType, activation, 11);
    TokenBatch batch = encoder.batch(5);
    BertOracle oracle = encoder.oracle(encoder.tensors());
    try (Replica replica = open(encoder, Attachment.none());
        Parameters none = replica.parameters(new float[0])) {
      List<float[]> states = replica.states(none, batch);
      float[][] logits = replica.logits(none, batch);
      for (int s = 0; s < batch.sequences(); s++) {
        List<double[][]> expected = oracle.states(batch, s);
        for (int i = 0; i < expected.size(); i++) {
          assertRows(states.get(i), batch.offsets()[s], expected.get(i));
        }
        double[] scores = oracle.logits(batch, s);
        for (int c = 0; c < scores.length; c++) {
          assertThat((double) logits[s][c]).isCloseTo(scores[c], within(1e-5));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"bert, gelu", "bert, silu", "roberta, gelu", "roberta, gelu_new"})
  void gradientsOfEveryBaseTensorEqualCentralDifferences(String modelType, String activation)
      throws IOException {
    RandomEncoder encoder = RandomEncoder.write(folder, modelType, activation, 12);
    TokenBatch batch = encoder.batch(6);
    TrainedWhole all = TrainedWhole.of(encoder.config());
    float[] gradient = gradient(encoder, all, batch);
    int offset = 0;
    for (TrainableTensor tensor : all.tensors()) {
      for (int place = 0; place < tensor.size(); place += Math.max(1, tensor.size() / 7)) {
        double expected = centralDifference(encoder, batch, tensor.name(), place);
        assertThat((double) gradient[offset + place])
            .as(tensor.name() + " at " + place)
            .isCloseTo(expected / 8, within(1e-5 + 1e-4 * Math.abs(expected / 8)));
      }
      offset += tensor.size();
    }
  }

  @Test
  void laterCallsAndOtherThreadsGiveTheSameBits() throws Exception {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 13);
    TokenBatch batch = encoder.batch(7);
    TrainedWhole all = TrainedWhole.of(encoder.config());
    try (Replica replica = open(encoder, all);
        Parameters theta = replica.parameters(all.theta(encoder.tensors()))) {
      List<float[]> gradients = new ArrayList<>();
      for (int call = 0; call < 10; call++) {
        gradients.add(gradient(replica, theta, batch));
      }
      ExecutorService other = Executors.newSingleThreadExecutor();
      try {
        assertThat(other.submit(() -> gradient(replica, theta, batch)).get())
            .containsExactly(gradients.get(0));
      } finally {
        other.shutdown();
      }
      assertThat(gradients.get(1)).containsExactly(gradients.get(0));
      assertThat(gradients.get(9)).containsExactly(gradients.get(0));
    }
  }

  @Test
  void sumsOfMicroBatchesEqualTheWhole() throws IOException {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 14);
    TokenBatch whole = encoder.batch(8);
    TrainedWhole all = TrainedWhole.of(encoder.config());
    try (Replica replica = open(encoder, all);
        Parameters theta = replica.parameters(all.theta(encoder.tensors()));
        GradientPass pass = replica.gradientPass(theta)) {
      float[] expected = gradient(replica, theta, whole);
      for (int s = 0; s < whole.sequences(); s++) {
        pass.add(only(whole, s), 8);
      }
      GroupSum sum = pass.finish();
      for (int i = 0; i < expected.length; i++) {
        assertThat(sum.gradient()[i]).isCloseTo(expected[i], within(1e-6f));
      }
      assertThat(sum.examples()).isEqualTo(4);
      assertThat(sum.tokens()).isEqualTo(18);
    }
  }

  @Test
  void notANumberIsSeen() throws IOException {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 15);
    TrainedWhole all = TrainedWhole.of(encoder.config());
    float[] spoilt = all.theta(encoder.tensors());
    spoilt[spoilt.length - 1] = Float.NaN;
    try (Replica replica = open(encoder, all);
        Parameters theta = replica.parameters(spoilt);
        GradientPass pass = replica.gradientPass(theta)) {
      pass.add(encoder.batch(1), 1);
      assertThat(pass.finish().lossSum()).isNaN();
    }
  }

  @Test
  void equalBlocksShareOneMethodAndOneReplicaFile() throws IOException {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 16);
    LinkedProgram linked =
        ProgramLinker.link(
            Networks.of(encoder.config()), Attachment.none(), FLOAT32, weight -> Optional.empty());
    assertThat(linked.segments().get(1).method()).isEqualTo(linked.segments().get(2).method());
    open(encoder, Attachment.none()).close();
    open(encoder, Attachment.none()).close();
    try (Stream<Path> files = Files.list(folder.resolve("replicas"))) {
      assertThat(files.filter(file -> file.toString().endsWith(".base"))).hasSize(1);
    }
  }

  @Test
  void whatKilledWritersOfAReplicaFileLeftIsRemoved() throws IOException {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 20);
    open(encoder, Attachment.none()).close();
    Path file = replicaFile();
    Files.delete(file.resolveSibling(file.getFileName() + ".sha256"));
    for (String left : List.of("-99-0", ".sha256-99-0")) {
      Files.writeString(file.resolveSibling(".staged-" + file.getFileName() + left), "half");
    }
    Path other = Files.writeString(file.resolveSibling(".staged-other.base-99-0"), "being written");

    open(encoder, Attachment.none()).close();

    try (Stream<Path> files = Files.list(folder.resolve("replicas"))) {
      assertThat(files.filter(name -> name.getFileName().toString().startsWith(".staged-")))
          .containsExactly(other);
    }
  }

  @Test
  void aDamagedReplicaFileIsRefused() throws IOException {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 17);
    open(encoder, Attachment.none()).close();
    Path file = replicaFile();
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
    assertThatThrownBy(() -> open(encoder, Attachment.none()))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("Corrupt replica file " + file)
        .hasMessageContaining("delete it");
  }

  @Test
  void parametersOfAnotherSizeAreRefused() throws IOException {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 18);
    try (Replica replica = open(encoder, Attachment.none())) {
      assertThatThrownBy(() -> replica.parameters(new float[3]))
          .isInstanceOf(InternalException.class)
          .hasMessage("Parameter vector has 3 numbers, the linked program reads 0");
    }
  }

  @Test
  void aTensorThatNoSegmentReadsIsRefused() throws IOException {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 19);
    Attachment stray =
        new TrainedWhole(List.of(new TrainableTensor("bert.nowhere", "weight", List.of(2))));
    assertThatThrownBy(() -> open(encoder, stray))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("bert.nowhere.weight");
  }

  @Test
  void paddingBeforeATokenIsRefused() {
    assertThatThrownBy(
            () ->
                TokenBatch.ofPadded(
                    new long[] {0, 5}, new long[] {0, 1}, new long[0], new long[0], 1))
        .isInstanceOf(UserInputException.class)
        .hasMessage("Invalid attention_mask: row 0 has padding before a token (pad on the right)");
  }

  private Path replicaFile() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("replicas"))) {
      return files.filter(name -> name.toString().endsWith(".base")).findFirst().orElseThrow();
    }
  }

  private Replica open(RandomEncoder encoder, Attachment attachment) {
    return Replica.open(encoder.directory(), encoder.config(), attachment, FLOAT32, folder);
  }

  private float[] gradient(RandomEncoder encoder, TrainedWhole all, TokenBatch batch) {
    try (Replica replica = open(encoder, all);
        Parameters theta = replica.parameters(all.theta(encoder.tensors()))) {
      return gradient(replica, theta, batch);
    }
  }

  private static float[] gradient(Replica replica, Parameters theta, TokenBatch batch) {
    try (GradientPass pass = replica.gradientPass(theta)) {
      pass.add(batch, 8);
      return pass.finish().gradient();
    }
  }

  private static double centralDifference(
      RandomEncoder encoder, TokenBatch batch, String tensor, int place) {
    double step = 1e-5;
    Map<String, double[]> moved = new LinkedHashMap<>(encoder.tensors());
    double[] values = encoder.tensors().get(tensor).clone();
    moved.put(tensor, values);
    double middle = values[place];
    values[place] = middle + step;
    double above = encoder.oracle(moved).loss(batch);
    values[place] = middle - step;
    return (above - encoder.oracle(moved).loss(batch)) / (2 * step);
  }

  private static TokenBatch only(TokenBatch batch, int sequence) {
    int begin = batch.offsets()[sequence];
    int end = batch.offsets()[sequence + 1];
    return new TokenBatch(
        Arrays.copyOfRange(batch.ids(), begin, end),
        Arrays.copyOfRange(batch.typeIds(), begin, end),
        new int[] {0, end - begin},
        new int[] {batch.labels()[sequence]});
  }

  private static void assertRows(float[] actual, int firstRow, double[][] expected) {
    int width = expected[0].length;
    for (int t = 0; t < expected.length; t++) {
      for (int i = 0; i < width; i++) {
        assertThat((double) actual[(firstRow + t) * width + i])
            .isCloseTo(expected[t][i], within(1e-5));
      }
    }
  }
}
