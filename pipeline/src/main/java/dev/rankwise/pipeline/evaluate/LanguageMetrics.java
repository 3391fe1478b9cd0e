package dev.rankwise.pipeline.evaluate;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.network.Replica.TargetScores;
import dev.rankwise.pipeline.train.RouterFigures;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The figures of a causal decoder on held-out sequences, over the tokens that have a target.
 *
 * <table>
 * <caption>Formulas, with n targets</caption>
 * <tr><th>figure</th><th>formula</th><th>range</th></tr>
 * <tr><td>mean loss</td><td>{@code Σ −log p(target) / n}, in nats</td><td>[0, ∞)</td></tr>
 * <tr><td>perplexity</td><td>{@code exp(mean loss)}</td><td>[1, ∞)</td></tr>
 * <tr><td>token accuracy</td><td>share of targets with the highest score</td><td>[0, 1]</td></tr>
 * <tr><td>exact match</td><td>share of answers all of whose targets have the highest score: those that
 * greedy decoding writes as they are</td><td>[0, 1]</td></tr>
 * </table>
 *
 * @param examples number of sequences
 * @param scores sums over their targets
 * @param loads share of choices that fell on each expert, by router in the order of the layers;
 *     empty where no router chooses
 * @param tasks the figures of each task by its name; empty where rows have none
 */
public record LanguageMetrics(
    long examples,
    TargetScores scores,
    List<List<Double>> loads,
    Map<String, LanguageMetrics> tasks)
    implements Metrics {
  private static final String LOADS = "router_load";
  private static final String TASKS = "tasks";

  public LanguageMetrics {
    loads = loads.stream().map(List::copyOf).toList();
    tasks = Collections.unmodifiableMap(new LinkedHashMap<>(tasks));
    if (scores.targets() == 0) {
      throw new DataException(
          ("Cannot evaluate on %s sequences without a token that the loss is taken on (at least one"
                  + " is needed); hold out more rows, or set data.train-on to what they hold")
              .formatted(examples));
    }
  }

  /** Figures of a model without routers, of rows without tasks. */
  public LanguageMetrics(long examples, TargetScores scores) {
    this(examples, scores, List.of(), Map.of());
  }

  /** The figures of these scores, and of the routers that they tell of. */
  static LanguageMetrics of(long examples, TargetScores scores) {
    List<List<Double>> loads =
        RouterFigures.of(scores.asides()).map(RouterFigures::loads).orElseGet(List::of);
    return new LanguageMetrics(examples, scores.beside(List.of()), loads, Map.of());
  }

  /** The same figures with those of each task. */
  LanguageMetrics withTasks(Map<String, LanguageMetrics> byTask) {
    return new LanguageMetrics(examples, scores, loads, byTask);
  }

  /**
   * What {@link #fields} wrote.
   *
   * @param json the object of one evaluation
   * @param file names the file in messages
   * @throws CorruptFileException if the object is not what was written
   */
  public static LanguageMetrics read(JsonNode json, String file) {
    JsonNode loss = json.path("loss_sum");
    boolean whole =
        json.path("examples").canConvertToLong()
            && json.path("targets").canConvertToLong()
            && json.path("hits").canConvertToLong();
    if (!whole || !(loss.isNumber() || loss.isNull()) || json.path("targets").longValue() < 1) {
      throw new CorruptFileException(
          ("Cannot read the evaluation in \"%s\": it lacks one of the numbers examples, targets,"
                  + " hits and loss_sum (the file must be as it was written); delete it and evaluate"
                  + " again")
              .formatted(file));
    }
    double lossSum = loss.isNull() ? Double.NaN : loss.doubleValue();
    return new LanguageMetrics(
        json.path("examples").longValue(),
        new TargetScores(
            lossSum,
            json.path("hits").longValue(),
            json.path("targets").longValue(),
            json.path("exact").longValue(),
            json.path("answers").longValue(),
            List.of()),
        loads(json.path(LOADS)),
        tasks(json.path(TASKS), file));
  }

  private static List<List<Double>> loads(JsonNode routers) {
    List<List<Double>> loads = new ArrayList<>();
    for (JsonNode router : routers) {
      List<Double> load = new ArrayList<>();
      router.forEach(share -> load.add(share.doubleValue()));
      loads.add(load);
    }
    return loads;
  }

  private static Map<String, LanguageMetrics> tasks(JsonNode byName, String file) {
    Map<String, LanguageMetrics> tasks = new LinkedHashMap<>();
    byName.properties().forEach(it -> tasks.put(it.getKey(), read(it.getValue(), file)));
    return tasks;
  }

  /** Tokens that the figures are taken over. */
  public long targets() {
    return scores.targets();
  }

  /** Mean cross-entropy of a target in nats. */
  @Override
  public double meanLoss() {
    return scores.lossSum() / scores.targets();
  }

  /** Among how many equally likely tokens the model is as unsure as it is. */
  public double perplexity() {
    return Math.exp(meanLoss());
  }

  /** Share of the targets whose score was the highest, in [0, 1]. */
  public double tokenAccuracy() {
    return (double) scores.hits() / scores.targets();
  }

  /**
   * Share of the answers that taking the best token each time writes as they are, in [0, 1]; 0
   * where none were counted.
   */
  public double exactMatch() {
    return scores.answers() == 0 ? 0 : (double) scores.exact() / scores.answers();
  }

  /** A figure that is no number is null, since JSON has no NaN. */
  @Override
  public Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("examples", examples);
    fields.put("targets", scores.targets());
    fields.put("mean_loss", finite(meanLoss()));
    fields.put("perplexity", finite(perplexity()));
    fields.put("token_accuracy", tokenAccuracy());
    fields.put("exact_match", exactMatch());
    fields.put("hits", scores.hits());
    fields.put("exact", scores.exact());
    fields.put("answers", scores.answers());
    fields.put("loss_sum", finite(scores.lossSum()));
    if (!loads.isEmpty()) {
      fields.put(LOADS, loads);
    }
    if (!tasks.isEmpty()) {
      Map<String, Object> byTask = new LinkedHashMap<>();
      tasks.forEach((name, metrics) -> byTask.put(name, metrics.fields()));
      fields.put(TASKS, byTask);
    }
    return fields;
  }

  @Override
  public Map<String, Double> mainFigures() {
    Map<String, Double> figures = new LinkedHashMap<>();
    if (Double.isFinite(perplexity())) {
      figures.put("perplexity", perplexity());
      figures.put("mean_loss", meanLoss());
    }
    figures.put("token_accuracy", tokenAccuracy());
    figures.put("exact_match", exactMatch());
    return figures;
  }

  private static Double finite(double value) {
    return Double.isFinite(value) ? value : null;
  }
}
