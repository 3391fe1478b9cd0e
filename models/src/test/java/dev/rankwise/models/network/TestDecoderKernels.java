package dev.rankwise.models.network;

import static dev.rankwise.models.CloseFloats.requireClose;
import static dev.rankwise.models.CloseFloats.requireCloseForTheirSize;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.ReplicaSettings.BlockActivations;
import dev.rankwise.models.torch.KernelProgram;
import dev.rankwise.models.torch.NoOpenScopes;
import dev.rankwise.models.torch.TensorScope;
import dev.rankwise.models.torch.TorchRuntime;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The decoders' kernels (token table, blocks, norms, output embedding, loss of the next token)
 * against an oracle in double: values, gradients of every tensor of the base by central
 * differences, and equal bits on later calls and other threads.
 */
@ExtendWith(NoOpenScopes.class)
class TestDecoderKernels {
  private static final ReplicaSettings FLOAT32 =
      new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1);

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"llama", "mistral", "qwen2", "qwen3", "phi3", "gemma2", "gpt2"})
  void statesAndScoresEqualTheOracle(String family) throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, family, 11);
    TokenBatch batch = decoder.batch(5);
    DecoderOracle oracle = decoder.oracle(decoder.tensors());
    try (Replica replica = open(decoder, Attachment.none());
        Parameters none = replica.parameters(new float[0])) {
      List<float[]> states = replica.states(none, batch);
      float[][] logits = replica.logits(none, batch);
      for (int s = 0; s < batch.sequences(); s++) {
        int begin = batch.offsets()[s];
        List<double[][]> expected = oracle.states(batch, s);
        for (int i = 0; i < expected.size(); i++) {
          assertRows(states.get(i), begin, expected.get(i));
        }
        double[][] scores = oracle.logits(batch, s);
        for (int t = 0; t < scores.length; t++) {
          assertRows(logits[begin + t], 0, new double[][] {scores[t]});
        }
      }
      float[][] asked = replica.logits(none, batch, new int[] {20, 3});
      requireClose(asked[0], logits[20], 1e-5);
      requireClose(asked[1], logits[3], 1e-5);
      assertThat(replica.logits(none, batch, new int[0])).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "mistral", "qwen2", "qwen3", "phi3", "gemma2", "gpt2"})
  void gradientsOfEveryBaseTensorEqualCentralDifferences(String family) throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, family, 12);
    TokenBatch batch = decoder.batch(6);
    TrainedWhole all = TrainedWhole.of(decoder.config());
    GroupSum sum;
    try (Replica replica = open(decoder, all);
        Parameters theta = replica.parameters(all.theta(decoder.tensors()))) {
      sum = sum(replica, theta, batch);
    }
    double loss = decoder.oracle(decoder.tensors()).loss(batch);
    assertThat(sum.lossSum()).isCloseTo(loss / 8, within(1e-5 * loss));
    assertThat(batch.targets()).hasSize(15);
    int offset = 0;
    for (TrainableTensor tensor : all.tensors()) {
      for (int place = 0; place < tensor.size(); place += Math.max(1, tensor.size() / 7)) {
        double expected = centralDifference(decoder, batch, tensor.name(), place) / 8;
        assertThat((double) sum.gradient()[offset + place])
            .as(tensor.name() + " at " + place)
            .isCloseTo(expected, within(1e-5 + 1e-4 * Math.abs(expected)));
      }
      offset += tensor.size();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"FLOAT32", "BFLOAT16"})
  void laterCallsAndOtherThreadsGiveTheSameBits(BaseType type) throws Exception {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 13);
    TokenBatch batch = decoder.batch(7);
    TrainedWhole all = TrainedWhole.of(decoder.config());
    ReplicaSettings settings = new ReplicaSettings(type, BaseType.FLOAT32, 1);
    try (Replica replica =
            Replica.open(decoder.directory(), decoder.config(), all, settings, folder);
        Parameters theta = replica.parameters(all.theta(decoder.tensors()))) {
      List<float[]> gradients = new ArrayList<>();
      for (int call = 0; call < 10; call++) {
        gradients.add(sum(replica, theta, batch).gradient());
      }
      ExecutorService other = Executors.newSingleThreadExecutor();
      try {
        assertThat(other.submit(() -> sum(replica, theta, batch).gradient()).get())
            .containsExactly(gradients.get(0));
      } finally {
        other.shutdown();
      }
      assertThat(gradients.get(1)).containsExactly(gradients.get(0));
      assertThat(gradients.get(9)).containsExactly(gradients.get(0));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "llama, FLOAT32, 0",
    "llama, BFLOAT16, 0",
    "gemma2, FLOAT32, 0",
    "gpt2, FLOAT32, 3",
    "qwen3, BFLOAT16, 19"
  })
  void blocksThatAreComputedAgainGiveTheSameBits(String family, BaseType type, int firstTrained)
      throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, family, 16);
    TokenBatch batch = decoder.batch(10);
    List<TrainableTensor> whole = TrainedWhole.of(decoder.config()).tensors();
    TrainedWhole some = new TrainedWhole(whole.subList(firstTrained, whole.size()));
    ReplicaSettings kept = new ReplicaSettings(type, BaseType.FLOAT32, 1);
    List<GroupSum> sums = new ArrayList<>();
    for (ReplicaSettings settings : List.of(kept, kept.with(BlockActivations.RECOMPUTED))) {
      try (Replica replica =
              Replica.open(decoder.directory(), decoder.config(), some, settings, folder);
          Parameters theta = replica.parameters(some.theta(decoder.tensors()))) {
        sums.add(sum(replica, theta, batch));
      }
    }
    assertThat(sums.get(1).gradient()).containsExactly(sums.get(0).gradient());
    assertThat(sums.get(1).lossSum()).isEqualTo(sums.get(0).lossSum());
  }

  /** Sequences that share a line of attention must not know of each other. */
  @ParameterizedTest
  @ValueSource(strings = {"llama", "mistral", "qwen2", "gemma2", "gpt2"})
  void sumsOfMicroBatchesEqualTheWhole(String family) throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, family, 14);
    requireSumOfItsSequences(decoder, decoder.batch(8));
  }

  /** The same for lengths at random, each time with several that share a line. */
  @ParameterizedTest
  @ValueSource(strings = {"llama", "gemma2"})
  void packingChangesNothingWhateverTheLengths(String family) throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, family, 19);
    SplittableRandom random = new SplittableRandom(5);
    int shared = 0;
    while (shared < 8) {
      int[] lengths = random.ints(2 + random.nextInt(5), 1, 14).toArray();
      TokenBatch batch = decoder.batch(random.nextInt(100), lengths);
      if (batch.targets().length > 0 && TokenGrid.shared(batch, batch.tokens()).isShared(batch)) {
        requireSumOfItsSequences(decoder, batch);
        shared++;
      }
    }
  }

  private void requireSumOfItsSequences(RandomDecoder decoder, TokenBatch whole) {
    TrainedWhole all = TrainedWhole.of(decoder.config());
    try (Replica replica = open(decoder, all);
        Parameters theta = replica.parameters(all.theta(decoder.tensors()));
        GradientPass pass = replica.gradientPass(theta)) {
      GroupSum expected = sum(replica, theta, whole);
      for (int s = 0; s < whole.sequences(); s++) {
        pass.add(only(whole, s), 8);
      }
      GroupSum sum = pass.finish();
      requireCloseForTheirSize(sum.gradient(), expected.gradient(), 4e-6);
      assertThat(sum.lossSum()).isCloseTo(expected.lossSum(), within(1e-5));
      assertThat(sum.examples()).isEqualTo(whole.sequences());
      assertThat(sum.tokens()).isEqualTo(whole.tokens());
    }
  }

  @Test
  void scoresOfTargetsAreThoseOfTheLogits() throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 16);
    TokenBatch batch = decoder.batch(10);
    TrainedWhole all = TrainedWhole.of(decoder.config());
    try (Replica replica = open(decoder, all);
        Parameters theta = replica.parameters(all.theta(decoder.tensors()))) {
      Replica.TargetScores scores = replica.targetScores(theta, batch);

      int hits = 0;
      float[][] logits = replica.logits(theta, batch);
      for (int target : batch.targets()) {
        float[] row = logits[target];
        int best = IntStream.range(0, row.length).reduce(0, (a, b) -> row[b] > row[a] ? b : a);
        hits += best == batch.labels()[target] ? 1 : 0;
      }
      assertThat(scores.hits()).isEqualTo(hits);
      assertThat(scores.targets()).isEqualTo(batch.targets().length);
      // One sequence is a single token, which nothing follows.
      assertThat(scores.answers()).isEqualTo(batch.sequences() - 1);
      assertThat(scores.lossSum())
          .isCloseTo(8 * sum(replica, theta, batch).lossSum(), within(1e-4));
      assertThat(scores.plus(scores).hits()).isEqualTo(2L * hits);
    }
  }

  @Test
  void anAnswerIsExactWhereEveryTargetIsAHit() {
    // Of four sequences one has no target, one misses one of its two.
    Replica.TargetScores scores =
        NextTokenLoss.summed(
            1.5,
            new int[] {0, 1, 4, 6, 7},
            new boolean[] {true, true, true, false, true},
            new int[] {0, 2, 4, 6, 8});

    assertThat(scores).isEqualTo(new Replica.TargetScores(1.5, 4, 5, 2, 3, List.of()));
    assertThat(scores.plus(scores).exact()).isEqualTo(4);
    assertThat(scores.plus(scores).answers()).isEqualTo(6);
  }

  @Test
  void aMicroBatchWithoutATargetAddsNothing() throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 15);
    TrainedWhole all = TrainedWhole.of(decoder.config());
    try (Replica replica = open(decoder, all);
        Parameters theta = replica.parameters(all.theta(decoder.tensors()));
        GradientPass pass = replica.gradientPass(theta)) {
      pass.add(only(decoder.batch(9), 1), 8);
      GroupSum sum = pass.finish();
      assertThat(sum.lossSum()).isZero();
      assertThat(sum.gradient()).containsOnly(0);
      assertThat(sum.tokens()).isEqualTo(1);
    }
  }

  @Test
  void stretchesOfTheVocabularyAreBounded() {
    int most = NextTokenLoss.MOST_SCORES;
    assertThat(NextTokenLoss.stretch(49_152, most)).isEqualTo(80);
    assertThat(NextTokenLoss.stretch(128_256, most)).isEqualTo(64);
    assertThat(NextTokenLoss.stretch(1 << 24, most)).isEqualTo(64);
  }

  @Test
  void stretchesAddUpToTheWhole() throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "gemma2", 17);
    int[] ids = new SplittableRandom(18).ints(150, 0, 29).toArray();
    TokenBatch batch =
        new TokenBatch(ids, new int[150], new int[] {0, 75, 150}, new int[0]).withNextTokens(ids);
    TrainedWhole all = TrainedWhole.of(decoder.config());
    try (Replica replica = open(decoder, all);
        Parameters theta = replica.parameters(all.theta(decoder.tensors()))) {
      float[] whole = gradientOfStates(replica, theta, batch, NextTokenLoss.MOST_SCORES);
      float[] stretched = gradientOfStates(replica, theta, batch, 64 * 29);
      requireClose(stretched, whole, 1e-6);
    }
  }

  private static float[] gradientOfStates(
      Replica replica, Parameters theta, TokenBatch batch, int mostScores) {
    TorchRuntime.prepareThread(1);
    TorchRuntime.recordGradients();
    try (TensorScope scope = TorchRuntime.scope()) {
      List<NDArray> leaves =
          IntStream.range(0, replica.segments().size())
              .mapToObj(i -> scope.leaf(theta.segment(i)))
              .toList();
      ForwardPass pass =
          new ForwardPass(replica, batch, scope, theta, leaves::get, Optional.empty());
      BodyPass body = new BodyPass(replica, pass, scope, leaves, 1);
      NextTokenLoss loss = new NextTokenLoss(replica, pass, scope, 1, mostScores);
      assertThat(loss.backward(batch, body.states())).isPositive();
      return KernelProgram.gradient(body.states()).toFloatArray();
    } finally {
      TorchRuntime.recordNothing();
    }
  }

  @Test
  void aSequenceWhoseScoresCannotBeHeldIsRefused() throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 19);
    int tokens = 40_000;
    TokenBatch batch =
        new TokenBatch(new int[tokens], new int[tokens], new int[] {0, tokens}, new int[0]);
    try (Replica replica = open(decoder, Attachment.none());
        Parameters none = replica.parameters(new float[0])) {
      assertThatThrownBy(() -> replica.logits(none, batch, new int[] {0}))
          .isInstanceOf(UserInputException.class)
          .hasMessage(
              "Cannot attend over a sequence of 40000 tokens: 3200000000 scores are too many to"
                  + " hold at once; cut the rows to fewer tokens");
    }
  }

  @Test
  void labelsMoveToTheTokenBefore() {
    int none = TokenBatch.NONE;
    TokenBatch batch =
        new TokenBatch(new int[] {4, 5, 6, 7, 8}, new int[5], new int[] {0, 3, 5}, new int[0])
            .withNextTokens(new int[] {4, 5, none, 7, 8});
    assertThat(batch.labels()).containsExactly(5, none, none, 8, none);
    assertThat(batch.targets()).containsExactly(0, 3);
    assertThatThrownBy(() -> batch.withNextTokens(new int[2]))
        .isInstanceOf(UserInputException.class)
        .hasMessage("Invalid labels: 2 for 5 tokens (each token needs one; -100 for none)");
  }

  private Replica open(RandomDecoder decoder, Attachment attachment) {
    return Replica.open(decoder.directory(), decoder.config(), attachment, FLOAT32, folder);
  }

  private static GroupSum sum(Replica replica, Parameters theta, TokenBatch batch) {
    try (GradientPass pass = replica.gradientPass(theta)) {
      pass.add(batch, 8);
      return pass.finish();
    }
  }

  private static double centralDifference(
      RandomDecoder decoder, TokenBatch batch, String tensor, int place) {
    double step = 1e-5;
    Map<String, double[]> moved = new LinkedHashMap<>(decoder.tensors());
    double[] values = decoder.tensors().get(tensor).clone();
    moved.put(tensor, values);
    double middle = values[place];
    values[place] = middle + step;
    double above = decoder.oracle(moved).loss(batch);
    values[place] = middle - step;
    return (above - decoder.oracle(moved).loss(batch)) / (2 * step);
  }

  private static TokenBatch only(TokenBatch batch, int sequence) {
    int begin = batch.offsets()[sequence];
    int end = batch.offsets()[sequence + 1];
    return new TokenBatch(
        Arrays.copyOfRange(batch.ids(), begin, end),
        new int[end - begin],
        new int[] {0, end - begin},
        Arrays.copyOfRange(batch.labels(), begin, end));
  }

  private static void assertRows(float[] actual, int firstRow, double[][] expected) {
    int width = expected[0].length;
    for (int t = 0; t < expected.length; t++) {
      for (int i = 0; i < width; i++) {
        assertThat((double) actual[(firstRow + t) * width + i])
            .isCloseTo(expected[t][i], within(2e-5));
      }
    }
  }
}
