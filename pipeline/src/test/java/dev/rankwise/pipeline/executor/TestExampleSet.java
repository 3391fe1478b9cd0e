package dev.rankwise.pipeline.executor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.InternalException;
import dev.rankwise.pipeline.LocalSession;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("spark")
final class TestExampleSet {
  private static final int[] LENGTHS = {1, 2, 3, 4, 5};

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
  }

  @Test
  void theExamplesOfATaskAreNumberedAnew() {
    ExampleSet name = set(2, 3).ofTask(1);

    assertThat(name.lengths()).containsExactly(3, 4, 5);
    assertThat(name.targets()).containsExactly(3, 4, 5);
    assertThat(name.taskNames()).isEmpty();
    List<TokenExample> examples = collected(name);
    assertThat(examples).extracting(TokenExample::position).containsExactly(0, 1, 2);
    assertThat(examples).extracting(TokenExample::task).containsOnly(1);
    assertThat(examples).allMatch(it -> it.ids().length == name.lengths()[it.position()]);
    assertThat(set(5, 0).ofTask(1).size()).isZero();
  }

  @Test
  void tasksTakeTheNumbersThatAModelHasForThem() {
    ExampleSet numbered = set(2, 3).numbered(name -> name.equals("define") ? 7 : 4);

    assertThat(collected(numbered)).extracting(TokenExample::task).containsExactly(7, 7, 4, 4, 4);
    assertThat(numbered.taskNames()).containsExactly("define", "name");
    assertThat(collected(set(2, 3).asTask(6))).extracting(TokenExample::task).containsOnly(6);
  }

  @Test
  void countsThatDoNotFitAreRefused() {
    assertThatThrownBy(() -> set(2, 4))
        .isInstanceOf(InternalException.class)
        .hasMessage("5 examples, of which 6 are of 2 tasks with 2 names");
  }

  private static List<TokenExample> collected(ExampleSet set) {
    List<TokenExample> examples = new ArrayList<>(set.examples().collect());
    examples.sort(Comparator.comparingInt(TokenExample::position));
    return examples;
  }

  private static ExampleSet set(int define, int name) {
    List<TokenExample> examples = new ArrayList<>();
    for (int position = 0; position < LENGTHS.length; position++) {
      int length = LENGTHS[position];
      examples.add(
          new TokenExample(
              position,
              new int[] {0},
              new int[length],
              new int[length],
              position < define ? 0 : 1));
    }
    return new ExampleSet(
        spark.parallelize(examples, 3),
        LENGTHS,
        LENGTHS,
        List.of("define", "name"),
        new int[] {define, name});
  }
}
