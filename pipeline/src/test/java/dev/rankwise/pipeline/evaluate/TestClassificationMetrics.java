package dev.rankwise.pipeline.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.InternalException;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TestClassificationMetrics {
  private static final List<String> LABELS = List.of("cat", "dog", "owl", "eel");
  private static final ObjectMapper JSON = new ObjectMapper();

  // Three cats (one taken for a dog), two dogs (one taken for an owl), nothing else.
  private static final int[] TRUTH = {0, 0, 0, 1, 1};
  private static final int[] PREDICTED = {0, 0, 1, 1, 2};

  private final ClassificationMetrics metrics =
      ClassificationMetrics.of(LABELS, TRUTH, PREDICTED, 2.5);

  @Test
  void figuresAgreeWithThoseComputedByHand() {
    assertThat(metrics.examples()).isEqualTo(5);
    assertThat(metrics.correct()).isEqualTo(3);
    assertThat(metrics.accuracy()).isEqualTo(0.6);
    assertThat(metrics.majorityAccuracy()).isEqualTo(0.6);
    assertThat(metrics.meanLoss()).isEqualTo(0.5);
    // F1: cat 2·2/(3+2) = 0.8, dog 2·1/(2+2) = 0.5, owl 0; eel occurs nowhere and does not count.
    assertThat(metrics.macroF1()).isCloseTo((0.8 + 0.5 + 0) / 3, within(1e-15));
    assertThat(metrics)
        .hasToString("3 of 5 examples right, 4 classes")
        .isNotEqualTo(ClassificationMetrics.of(LABELS, TRUTH, PREDICTED, 2.6))
        .isNotEqualTo(ClassificationMetrics.of(LABELS, TRUTH, TRUTH, 2.5));
  }

  @Test
  void figuresOfEachClassAgreeWithThoseComputedByHand() {
    ClassFigures cat = metrics.classes().get(0);
    assertThat(cat).isEqualTo(new ClassFigures("cat", 3, 2, 2));
    assertThat(cat.precision()).isEqualTo(1);
    assertThat(cat.recall()).isEqualTo(2.0 / 3);
    assertThat(cat.f1()).isEqualTo(0.8);
    ClassFigures dog = metrics.classes().get(1);
    assertThat(dog.precision()).isEqualTo(0.5);
    assertThat(dog.recall()).isEqualTo(0.5);
  }

  @Test
  void whatIsZeroByZeroCountsAsZero() {
    ClassFigures owl = metrics.classes().get(2);
    assertThat(owl).isEqualTo(new ClassFigures("owl", 0, 1, 0));
    assertThat(owl.recall()).isZero();
    assertThat(owl.f1()).isZero();
    assertThat(owl.occurs()).isTrue();
    ClassFigures eel = metrics.classes().get(3);
    assertThat(eel.precision()).isZero();
    assertThat(eel.f1()).isZero();
    assertThat(eel.occurs()).isFalse();
  }

  @Test
  void moreNamesInTheLabelSetChangeNoFigure() {
    List<String> more = new ArrayList<>(LABELS);
    more.add("unseen");
    assertThat(ClassificationMetrics.of(more, TRUTH, PREDICTED, 2.5).macroF1())
        .isEqualTo(metrics.macroF1());
  }

  @Test
  void confusionIsByTruthThenPrediction() {
    long[][] confusion = {{2, 1, 0, 0}, {0, 1, 1, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}};
    assertThat(metrics.confusion()).isDeepEqualTo(confusion);
    assertThat(metrics.cells()).hasSize(4).contains(new ConfusionCell(0, 1, 1));
    ClassificationMetrics same = ClassificationMetrics.of(LABELS, confusion, 2.5);
    assertThat(same).isEqualTo(metrics).hasSameHashCodeAs(metrics);
  }

  @Test
  void mistakesComeMostFrequentFirst() {
    long[][] confusion = {{9, 1, 0, 2}, {2, 7, 0, 0}, {0, 0, 0, 0}, {0, 3, 0, 1}};
    assertThat(ClassificationMetrics.of(LABELS, confusion, 0).mistakes())
        .containsExactly(
            new ConfusionCell(3, 1, 3),
            new ConfusionCell(0, 3, 2),
            new ConfusionCell(1, 0, 2),
            new ConfusionCell(0, 1, 1));
  }

  @Test
  void thousandsOfClassesCostNoMoreThanTheExamples() {
    List<String> labels = new ArrayList<>();
    for (int k = 0; k < 10_000; k++) {
      labels.add("class " + k);
    }
    ClassificationMetrics wide =
        ClassificationMetrics.of(labels, new int[] {9_999, 5}, new int[] {9_998, 5}, 1);
    assertThat(wide.cells())
        .containsExactly(new ConfusionCell(5, 5, 1), new ConfusionCell(9_999, 9_998, 1));
    assertThat(wide.macroF1()).isCloseTo(1.0 / 3, within(1e-15));
  }

  @Test
  void nothingToEvaluateOnIsTheDatasFault() {
    assertThatThrownBy(() -> ClassificationMetrics.of(LABELS, new int[0], new int[0], 0))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot evaluate on no example (at least one labelled row must be held out); hold out a"
                + " larger share or give rows to evaluate on");
  }

  @Test
  void whatDoesNotFitTogetherIsRefused() {
    assertThatThrownBy(() -> ClassificationMetrics.of(LABELS, new int[1], new int[2], 0))
        .isInstanceOf(InternalException.class)
        .hasMessage("Cannot compare 1 labels with 2 predictions");
    assertThatThrownBy(() -> ClassificationMetrics.of(LABELS, new int[] {4}, new int[] {0}, 0))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> ClassificationMetrics.of(LABELS, new int[] {0}, new int[] {-1}, 0))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> ClassificationMetrics.of(LABELS, new long[3][3], 0))
        .isInstanceOf(InternalException.class)
        .hasMessage("Cannot read 3 rows of counts for 4 classes");
    assertThatThrownBy(
            () -> ClassificationMetrics.of(List.of("a", "b"), new long[][] {{1, -1}, {0, 1}}, 0))
        .isInstanceOf(InternalException.class)
        .hasMessage(
            "Invalid count: -1 examples of class 0 taken for class 1 (must not be negative)");
  }

  @Test
  void jsonGivesTheSameFiguresBack() {
    JsonNode json = json(metrics);
    assertThat(json.fieldNames())
        .toIterable()
        .containsExactly(
            "examples",
            "accuracy",
            "accuracy_low",
            "accuracy_high",
            "majority_accuracy",
            "macro_f1",
            "mean_loss",
            "loss_sum",
            "classes",
            "confusion");
    assertThat(json.path("confusion")).hasToString("[[0,0,2],[0,1,1],[1,1,1],[1,2,1]]");
    assertThat(ClassificationMetrics.read(json, "evaluation.json")).isEqualTo(metrics);
  }

  @Test
  void aLossThatIsNoNumberIsNullInJson() {
    ClassificationMetrics lost = ClassificationMetrics.of(LABELS, TRUTH, PREDICTED, Double.NaN);
    JsonNode json = json(lost);
    assertThat(json.path("mean_loss").isNull()).isTrue();
    assertThat(ClassificationMetrics.read(json, "evaluation.json")).isEqualTo(lost);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | no list under \"classes\"",
        "{\"classes\":[{}]} | a class without a label",
        "{\"classes\":[{\"label\":\"a\"}]} | no list under \"confusion\"",
        "{\"classes\":[{\"label\":\"a\"}],\"confusion\":[]} | an evaluation without an example",
        "{\"classes\":[{\"label\":\"a\"}],\"confusion\":[[0,0]]}"
            + "| an entry of \"confusion\" that is not a triple of numbers",
        "{\"classes\":[{\"label\":\"a\"}],\"confusion\":[[0,1,1]]}"
            + "| the number 1 out of its range in \"confusion\"",
        "{\"classes\":[{\"label\":\"a\"}],\"confusion\":[[0,0,-1]]}"
            + "| the number -1 out of its range in \"confusion\"",
        "{\"classes\":[{\"label\":\"a\"}],\"confusion\":[[0,0,1e30]]}"
            + "| an entry of \"confusion\" that is not a whole number",
        "{\"classes\":[{\"label\":\"a\"}],\"confusion\":[[0,0,\"1\"]]}"
            + "| an entry of \"confusion\" that is not a whole number",
        "{\"classes\":[{\"label\":\"a\"}],\"confusion\":[[0,0,0]]}"
            + "| entries of \"confusion\" that are out of order, repeated or empty",
        "{\"classes\":[{\"label\":\"a\"}],\"confusion\":[[0,0,1],[0,0,1]]}"
            + "| entries of \"confusion\" that are out of order, repeated or empty",
        "{\"classes\":[{\"label\":\"a\"}],\"confusion\":[[0,0,1]]}| no number under \"loss_sum\"",
        "{\"classes\":[{\"label\":\"a\"}],\"confusion\":[[0,0,1]],\"loss_sum\":1,\"examples\":2}"
            + "| a number of examples that its confusion matrix does not add up to",
      })
  void damagedJsonIsRefused(String text, String problem) throws JsonProcessingException {
    JsonNode json = JSON.readTree(text);
    assertThatThrownBy(() -> ClassificationMetrics.read(json, "evaluation.json"))
        .isInstanceOf(CorruptFileException.class)
        .hasMessage(
            "Cannot read the evaluation in \"evaluation.json\": it holds "
                + problem
                + " (the file must be as it was written); delete it and evaluate again");
  }

  @Property(tries = 300)
  void figuresAgreeWithCountingExamples(
      @ForAll @Size(min = 1, max = 60) List<@IntRange(min = 0, max = 24) Integer> answers) {
    int[] truth = answers.stream().mapToInt(answer -> answer / 5).toArray();
    int[] predicted = answers.stream().mapToInt(answer -> answer % 5).toArray();
    ClassificationMetrics figures =
        ClassificationMetrics.of(List.of("a", "b", "c", "d", "e"), truth, predicted, 1);
    int right = 0;
    for (int i = 0; i < truth.length; i++) {
      right += truth[i] == predicted[i] ? 1 : 0;
    }
    assertThat(figures.accuracy()).isEqualTo((double) right / truth.length);
    assertThat(figures.macroF1()).isCloseTo(macroF1(truth, predicted, 5), within(1e-12));
    // Every wrong answer takes one from the recall of a class and one from the precision of
    // another.
    assertThat(figures.classes().stream().mapToLong(ClassFigures::support).sum())
        .isEqualTo(figures.classes().stream().mapToLong(ClassFigures::predicted).sum())
        .isEqualTo(truth.length);
    assertThat(figures.mistakes().stream().mapToLong(ConfusionCell::count).sum())
        .isEqualTo(truth.length - right);
    assertThat(ClassificationMetrics.read(json(figures), "x")).isEqualTo(figures);
    assertThat(figures.accuracyInterval().low()).isLessThanOrEqualTo(figures.accuracy());
    assertThat(figures.accuracyInterval().high()).isGreaterThanOrEqualTo(figures.accuracy());
  }

  // Straight from the definition: precision and recall by counting, their harmonic mean, the mean.
  private static double macroF1(int[] truth, int[] predicted, int classes) {
    double sum = 0;
    int occurring = 0;
    for (int k = 0; k < classes; k++) {
      double both = 0;
      double are = 0;
      double taken = 0;
      for (int i = 0; i < truth.length; i++) {
        both += truth[i] == k && predicted[i] == k ? 1 : 0;
        are += truth[i] == k ? 1 : 0;
        taken += predicted[i] == k ? 1 : 0;
      }
      occurring += are + taken > 0 ? 1 : 0;
      if (both > 0) {
        double precision = both / taken;
        double recall = both / are;
        sum += 2 * precision * recall / (precision + recall);
      }
    }
    return sum / occurring;
  }

  private static JsonNode json(ClassificationMetrics metrics) {
    try {
      return JSON.readTree(JSON.writeValueAsString(metrics.fields()));
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }
}
