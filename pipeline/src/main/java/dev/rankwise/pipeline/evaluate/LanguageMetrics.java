package dev.rankwise.pipeline.evaluate;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.network.Replica.TargetScores;
import java.util.LinkedHashMap;
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
 * </table>
 *
 * @param examples number of sequences
 * @param scores sums over their targets
 */
public record LanguageMetrics(long examples, TargetScores scores) implements Metrics {
  public LanguageMetrics {
    if (scores.targets() == 0) {
      throw new DataException(
          ("Cannot evaluate on %s sequences without a token that the loss is taken on (at least one"
                  + " is needed); hold out more rows, or set data.train-on to what they hold")
              .formatted(examples));
    }
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
        new TargetScores(lossSum, json.path("hits").longValue(), json.path("targets").longValue()));
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

  /** A figure that is no number is null, since JSON has no NaN. */
  @Override
  public Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("examples", examples);
    fields.put("targets", scores.targets());
    fields.put("mean_loss", finite(meanLoss()));
    fields.put("perplexity", finite(perplexity()));
    fields.put("token_accuracy", tokenAccuracy());
    fields.put("hits", scores.hits());
    fields.put("loss_sum", finite(scores.lossSum()));
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
    return figures;
  }

  private static Double finite(double value) {
    return Double.isFinite(value) ? value : null;
  }
}
