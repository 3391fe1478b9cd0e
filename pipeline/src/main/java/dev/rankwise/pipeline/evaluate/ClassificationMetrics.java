package dev.rankwise.pipeline.evaluate;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.InternalException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The figures of a classifier on held-out examples, all from one table of counts, the confusion
 * matrix {@code C: (truth, predicted)}.
 *
 * <table>
 * <caption>Formulas, with n examples and K classes</caption>
 * <tr><th>figure</th><th>formula</th><th>range</th></tr>
 * <tr><td>accuracy</td><td>{@code Σ_k C[k][k] / n}</td><td>[0, 1]</td></tr>
 * <tr><td>precision of k</td><td>{@code C[k][k] / Σ_t C[t][k]}</td><td>[0, 1]</td></tr>
 * <tr><td>recall of k</td><td>{@code C[k][k] / Σ_p C[k][p]}</td><td>[0, 1]</td></tr>
 * <tr><td>F1 of k</td><td>{@code 2·C[k][k] / (Σ_t C[t][k] + Σ_p C[k][p])}</td><td>[0, 1]</td></tr>
 * <tr><td>macro F1</td><td>mean F1 of the classes that occur</td><td>[0, 1]</td></tr>
 * <tr><td>mean loss</td><td>{@code Σ −log p(truth) / n}, in nats</td><td>[0, ∞)</td></tr>
 * </table>
 *
 * <p>A class occurs if at least one example is of it or was taken for it. Where a quotient is 0/0
 * (a class never predicted has no precision, a class without examples no recall) the figure is 0,
 * so a class that the model invents or overlooks pulls macro F1 down. A class in neither row nor
 * column says nothing about the model and is left out of the mean: with it, the same answers would
 * score lower merely because the label set knows more names than the held-out rows. Both as {@code
 * sklearn.metrics.f1_score(average="macro", zero_division=0)} without {@code labels}.
 *
 * <p>Only counts that are not zero are kept, so that thousands of classes cost no more than the
 * examples do.
 */
public final class ClassificationMetrics implements Metrics {
  private static final Comparator<ConfusionCell> MOST_FREQUENT =
      Comparator.comparingLong(ConfusionCell::count)
          .reversed()
          .thenComparingInt(ConfusionCell::truth)
          .thenComparingInt(ConfusionCell::predicted);

  private final List<String> labels;
  private final List<ConfusionCell> cells;
  private final List<ClassFigures> classes;
  private final double lossSum;
  private final long examples;
  private final long correct;

  /** From cells in the order of truth, then prediction, each at most once. */
  private ClassificationMetrics(List<String> labels, List<ConfusionCell> cells, double lossSum) {
    this.labels = List.copyOf(labels);
    this.cells = List.copyOf(cells);
    this.lossSum = lossSum;
    long[] support = new long[labels.size()];
    long[] predicted = new long[labels.size()];
    long[] right = new long[labels.size()];
    long all = 0;
    long allRight = 0;
    for (ConfusionCell cell : cells) {
      support[cell.truth()] += cell.count();
      predicted[cell.predicted()] += cell.count();
      all += cell.count();
      if (cell.correct()) {
        right[cell.truth()] = cell.count();
        allRight += cell.count();
      }
    }
    if (all == 0) {
      throw new DataException(
          "Cannot evaluate on no example (at least one labelled row must be held out); hold out a"
              + " larger share or give rows to evaluate on");
    }
    this.examples = all;
    this.correct = allRight;
    List<ClassFigures> figures = new ArrayList<>();
    for (int k = 0; k < support.length; k++) {
      figures.add(new ClassFigures(labels.get(k), support[k], predicted[k], right[k]));
    }
    this.classes = List.copyOf(figures);
  }

  /**
   * The figures of one answer for each example.
   *
   * @param labels names of the classes, in class order
   * @param truth right class of each example, in [0, labels), (examples)
   * @param predicted class that the model chose for each example, in [0, labels), (examples)
   * @param lossSum sum of the examples' cross-entropies in nats; NaN where it was not computed
   */
  public static ClassificationMetrics of(
      List<String> labels, int[] truth, int[] predicted, double lossSum) {
    if (truth.length != predicted.length) {
      throw new InternalException(
          "Cannot compare " + truth.length + " labels with " + predicted.length + " predictions");
    }
    SortedMap<Long, Long> counts = new TreeMap<>();
    for (int i = 0; i < truth.length; i++) {
      Objects.checkIndex(truth[i], labels.size());
      Objects.checkIndex(predicted[i], labels.size());
      counts.merge((long) truth[i] * labels.size() + predicted[i], 1L, Long::sum);
    }
    List<ConfusionCell> cells = new ArrayList<>();
    counts.forEach(
        (place, count) ->
            cells.add(
                new ConfusionCell(
                    (int) (place / labels.size()), (int) (place % labels.size()), count)));
    return new ClassificationMetrics(labels, cells, lossSum);
  }

  /**
   * The figures of a confusion matrix.
   *
   * @param labels names of the classes, in class order
   * @param confusion examples by right and by predicted class, not negative, (labels, labels)
   * @param lossSum sum of the examples' cross-entropies in nats; NaN where it was not computed
   */
  public static ClassificationMetrics of(List<String> labels, long[][] confusion, double lossSum) {
    if (confusion.length != labels.size()) {
      throw new InternalException(
          "Cannot read " + confusion.length + " rows of counts for " + labels.size() + " classes");
    }
    List<ConfusionCell> cells = new ArrayList<>();
    for (int truth = 0; truth < labels.size(); truth++) {
      for (int predicted = 0; predicted < labels.size(); predicted++) {
        long count = confusion[truth][predicted];
        if (count < 0) {
          throw new InternalException(
              "Invalid count: %s examples of class %s taken for class %s (must not be negative)"
                  .formatted(count, truth, predicted));
        }
        if (count > 0) {
          cells.add(new ConfusionCell(truth, predicted, count));
        }
      }
    }
    return new ClassificationMetrics(labels, cells, lossSum);
  }

  /**
   * What {@link #fields} wrote.
   *
   * @param json the object of one evaluation
   * @param file names the file in messages
   * @throws dev.rankwise.models.failure.CorruptFileException if the object is not what was written
   */
  public static ClassificationMetrics read(JsonNode json, String file) {
    MetricsJson fields = new MetricsJson(json, file);
    List<String> labels = fields.labels();
    ClassificationMetrics metrics =
        new ClassificationMetrics(labels, fields.cells(labels.size()), fields.lossSum());
    fields.requireExamples(metrics.examples());
    return metrics;
  }

  /** Names of the classes, in class order. */
  public List<String> labels() {
    return labels;
  }

  @Override
  public long examples() {
    return examples;
  }

  /** Examples that were told rightly. */
  public long correct() {
    return correct;
  }

  /** Share of the examples that were told rightly, in [0, 1]. */
  public double accuracy() {
    return (double) correct / examples;
  }

  /** In which interval the accuracy on all rows of this kind lies, at 95 %. */
  public Interval accuracyInterval() {
    return Interval.wilson(correct, examples);
  }

  /**
   * The accuracy of always naming the class that most of these examples are of: what any model must
   * beat.
   */
  public double majorityAccuracy() {
    long most = classes.stream().mapToLong(ClassFigures::support).max().orElse(0);
    return (double) most / examples;
  }

  /** Unweighted mean of F1 over the classes that occur, in [0, 1]. */
  public double macroF1() {
    return classes.stream()
        .filter(ClassFigures::occurs)
        .mapToDouble(ClassFigures::f1)
        .average()
        .orElse(0);
  }

  /** Mean cross-entropy of an example in nats; NaN where it was not computed. */
  @Override
  public double meanLoss() {
    return lossSum / examples;
  }

  /** The figures of each class, in class order. */
  public List<ClassFigures> classes() {
    return classes;
  }

  /** The confusion matrix without its zeros, by right class and then by predicted class. */
  public List<ConfusionCell> cells() {
    return cells;
  }

  /** The cells of wrong answers, the most frequent first, ties in class order. */
  public List<ConfusionCell> mistakes() {
    return cells.stream().filter(cell -> !cell.correct()).sorted(MOST_FREQUENT).toList();
  }

  /** The whole confusion matrix, (truth, predicted): 8·K² bytes for K classes. */
  public long[][] confusion() {
    long[][] confusion = new long[labels.size()][labels.size()];
    for (ConfusionCell cell : cells) {
      confusion[cell.truth()][cell.predicted()] = cell.count();
    }
    return confusion;
  }

  @Override
  public Map<String, Double> mainFigures() {
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("accuracy", accuracy());
    figures.put("macro_f1", macroF1());
    return figures;
  }

  /**
   * The figures by the names they have in {@code evaluation.json}. {@code confusion} holds a triple
   * (right class number, predicted class number, examples) for each pair that occurs. A loss that
   * is no number is null, since JSON has no NaN.
   */
  @Override
  public Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("examples", examples);
    fields.put("accuracy", accuracy());
    fields.put("accuracy_low", accuracyInterval().low());
    fields.put("accuracy_high", accuracyInterval().high());
    fields.put("majority_accuracy", majorityAccuracy());
    fields.put("macro_f1", macroF1());
    fields.put("mean_loss", finite(meanLoss()));
    fields.put("loss_sum", finite(lossSum));
    fields.put("classes", classes.stream().map(ClassFigures::fields).toList());
    fields.put(
        "confusion",
        cells.stream()
            .map(cell -> List.of((long) cell.truth(), (long) cell.predicted(), cell.count()))
            .toList());
    return Collections.unmodifiableMap(fields);
  }

  private static Double finite(double value) {
    return Double.isFinite(value) ? value : null;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ClassificationMetrics that
        && labels.equals(that.labels)
        && cells.equals(that.cells)
        && Double.compare(lossSum, that.lossSum) == 0;
  }

  @Override
  public int hashCode() {
    return Objects.hash(labels, cells, lossSum);
  }

  @Override
  public String toString() {
    return correct + " of " + examples + " examples right, " + labels.size() + " classes";
  }
}
