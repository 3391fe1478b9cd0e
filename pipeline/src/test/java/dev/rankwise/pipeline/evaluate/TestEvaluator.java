package dev.rankwise.pipeline.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.generation.Generator;
import dev.rankwise.models.network.GroupSum;
import dev.rankwise.models.network.Replica.TargetScores;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.tokenizer.Tokenizer;
import dev.rankwise.pipeline.LocalSession;
import dev.rankwise.pipeline.executor.ExampleSet;
import dev.rankwise.pipeline.executor.LoadedParameters;
import dev.rankwise.pipeline.executor.ModelSource;
import dev.rankwise.pipeline.executor.ReplicaHolder;
import dev.rankwise.pipeline.executor.ResidentModel;
import dev.rankwise.pipeline.executor.TokenExample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("spark")
@Tag("core")
final class TestEvaluator {
  private static final List<String> LABELS = List.of("zero", "one", "two", "three");
  private static final float[] THETA = {0.5f, -1, 2, 0.25f};

  private static SparkSession session;
  private static JavaSparkContext spark;

  @BeforeAll
  static void start() {
    session = LocalSession.start("local[2]");
    spark = JavaSparkContext.fromSparkContext(session.sparkContext());
  }

  @AfterAll
  static void stop() {
    session.stop();
    ReplicaHolder.ofThisJvm().closeIdle();
  }

  @Test
  void figuresAreThoseOfEachExampleByItself() {
    List<TokenExample> examples = examples();
    int[] truth = new int[examples.size()];
    int[] predicted = new int[examples.size()];
    double lossSum = 0;
    for (TokenExample example : examples) {
      float[] scores = scores(THETA, example.ids()[0]);
      truth[example.position()] = example.label();
      predicted[example.position()] = ClassScores.argmax(scores);
      lossSum += ClassScores.crossEntropy(scores, example.label());
    }

    Evaluation evaluation = evaluate(3, 40, new Linear(false));

    ClassificationMetrics expected = ClassificationMetrics.of(LABELS, truth, predicted, lossSum);
    assertThat(evaluation.predicted()).isEqualTo(predicted);
    ClassificationMetrics metrics = (ClassificationMetrics) evaluation.metrics();
    assertThat(metrics.cells()).isEqualTo(expected.cells());
    assertThat(metrics.meanLoss()).isCloseTo(expected.meanLoss(), within(1e-12));
  }

  @Test
  void targetsOfAllExamplesAreCountedOnce() {
    List<TokenExample> examples = new ArrayList<>();
    for (int position = 0; position < 9; position++) {
      int[] labels = {position, TokenBatch.NONE, 5};
      examples.add(new TokenExample(position, new int[] {0, 2}, new int[3], labels));
    }
    int[] lengths = new int[9];
    Arrays.fill(lengths, 3);
    ExampleSet data = new ExampleSet(spark.parallelize(examples, 4), lengths);

    Evaluation evaluation =
        new Evaluator(spark, 4, 6).targets("targets", new Linear(false), data, THETA);

    LanguageMetrics metrics = (LanguageMetrics) evaluation.metrics();
    assertThat(metrics.examples()).isEqualTo(9);
    assertThat(metrics.targets()).isEqualTo(18);
    assertThat(metrics.scores().hits()).isEqualTo(4 + 9);
    assertThat(metrics.meanLoss()).isCloseTo(THETA[0] * 27 / 18, within(1e-6));
    assertThat(evaluation.predicted()).isEmpty();
  }

  @Test
  void eachTaskHasFiguresOfItsOwnThatAddUpToTheWhole() {
    List<TokenExample> examples = new ArrayList<>();
    for (int position = 0; position < 9; position++) {
      int[] labels = {position, TokenBatch.NONE, 5};
      int task = position < 4 ? 0 : 2;
      examples.add(new TokenExample(position, new int[] {0}, new int[3], labels, task));
    }
    int[] threes = new int[9];
    Arrays.fill(threes, 3);
    int[] twos = new int[9];
    Arrays.fill(twos, 2);
    ExampleSet data =
        new ExampleSet(
            spark.parallelize(examples, 4),
            threes,
            twos,
            List.of("define", "nothing", "name"),
            new int[] {4, 0, 5});

    LanguageMetrics metrics =
        (LanguageMetrics)
            new Evaluator(spark, 4, 6).targets("tasks", new Linear(false), data, THETA).metrics();

    assertThat(metrics.tasks()).containsOnlyKeys("define", "name");
    assertThat(metrics.tasks().get("define").targets()).isEqualTo(8);
    assertThat(metrics.tasks().get("define").scores().hits()).isEqualTo(2 + 4);
    assertThat(metrics.tasks().get("name").scores().hits()).isEqualTo(2 + 5);
    assertThat(metrics.scores().hits()).isEqualTo(13);
    assertThat(metrics.examples()).isEqualTo(9);
    assertThat(metrics.meanLoss()).isCloseTo(THETA[0] * 27 / 18, within(1e-6));
    // Without the names the same examples give the same sums.
    ExampleSet whole = new ExampleSet(spark.parallelize(examples, 2), threes, twos);
    LanguageMetrics together =
        (LanguageMetrics)
            new Evaluator(spark, 4, 6).targets("whole", new Linear(false), whole, THETA).metrics();
    assertThat(together.tasks()).isEmpty();
    assertThat(together.targets()).isEqualTo(metrics.targets());
  }

  @Test
  void bitsDoNotDependOnWhereExamplesLie() {
    List<TokenExample> shuffled = new ArrayList<>(examples());
    Collections.shuffle(shuffled, new Random(9));

    assertThat(evaluate(3, 40, new Linear(false), shuffled, 1).metrics())
        .isEqualTo(evaluate(3, 40, new Linear(false), examples(), 7).metrics());
  }

  @Test
  void failureOfOursInATaskReachesTheCaller() {
    assertThatThrownBy(() -> evaluate(2, 40, new Linear(true)))
        .isInstanceOf(CorruptFileException.class)
        .hasMessage("Cannot read the weights");
  }

  private static Evaluation evaluate(int groups, int tokens, ModelSource source) {
    return evaluate(groups, tokens, source, examples(), 4);
  }

  private static Evaluation evaluate(
      int groups, int tokens, ModelSource source, List<TokenExample> examples, int partitions) {
    int[] lengths = new int[examples.size()];
    examples.forEach(example -> lengths[example.position()] = example.ids().length);
    ExampleSet data = new ExampleSet(spark.parallelize(examples, partitions), lengths);
    return new Evaluator(spark, groups, tokens).classes("run", source, LABELS, data, THETA);
  }

  private static List<TokenExample> examples() {
    Random random = new Random(4);
    List<TokenExample> examples = new ArrayList<>();
    for (int position = 0; position < 60; position++) {
      int[] ids = new int[1 + random.nextInt(15)];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = random.nextInt(100);
      }
      examples.add(new TokenExample(position, ids, random.nextInt(LABELS.size())));
    }
    return examples;
  }

  private static float[] scores(float[] theta, int firstToken) {
    float[] scores = new float[theta.length];
    for (int i = 0; i < theta.length; i++) {
      scores[i] = theta[i] * ((firstToken * (i + 1)) % 7);
    }
    return scores;
  }

  /** A model whose scores follow from the first token. */
  private record Linear(boolean broken) implements ModelSource {
    @Override
    public String key() {
      return toString();
    }

    @Override
    public ResidentModel open() {
      if (broken) {
        throw new CorruptFileException("Cannot read the weights");
      }
      return new Resident();
    }
  }

  private static final class Resident implements ResidentModel {
    @Override
    public LoadedParameters load(float[] theta) {
      return new Loaded(theta);
    }

    @Override
    public void close() {}
  }

  private record Loaded(float[] theta) implements LoadedParameters {
    @Override
    public GroupSum gradient(List<TokenBatch> microBatches, double denominator) {
      throw new UnsupportedOperationException("An evaluation asks for no gradient");
    }

    @Override
    public Generator generator(Tokenizer tokenizer, int task) {
      throw new UnsupportedOperationException();
    }

    @Override
    public TargetScores targetScores(TokenBatch batch) {
      int hits = 0;
      for (int target : batch.targets()) {
        hits += batch.labels()[target] % 2;
      }
      return new TargetScores(
          theta[0] * batch.tokens(), hits, batch.targets().length, 0, 0, List.of());
    }

    @Override
    public float[][] logits(TokenBatch batch) {
      float[][] logits = new float[batch.sequences()][];
      for (int i = 0; i < logits.length; i++) {
        logits[i] = scores(theta, batch.ids()[batch.offsets()[i]]);
      }
      return logits;
    }

    @Override
    public void close() {}
  }
}
