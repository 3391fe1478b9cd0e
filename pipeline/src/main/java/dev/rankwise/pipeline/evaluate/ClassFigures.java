package dev.rankwise.pipeline.evaluate;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How well one class is told from the others.
 *
 * @param label name of the class
 * @param support examples that are of this class
 * @param predicted examples that were taken for this class
 * @param correct examples that are of this class and were taken for it
 */
public record ClassFigures(String label, long support, long predicted, long correct) {

  /** {@code correct / predicted}, in [0, 1]; 0 for a class that was never predicted. */
  public double precision() {
    return ratio(correct, predicted);
  }

  /** {@code correct / support}, in [0, 1]; 0 for a class that no example is of. */
  public double recall() {
    return ratio(correct, support);
  }

  /**
   * Harmonic mean of precision and recall, {@code 2·correct / (support + predicted)}, in [0, 1]; 0
   * for a class that neither occurs nor was predicted.
   */
  public double f1() {
    return ratio(2 * correct, support + predicted);
  }

  /** Whether the class says anything about the model: an example is of it or was taken for it. */
  public boolean occurs() {
    return support > 0 || predicted > 0;
  }

  /** The figures by the names they have in {@code evaluation.json}. */
  public Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("label", label);
    fields.put("precision", precision());
    fields.put("recall", recall());
    fields.put("f1", f1());
    fields.put("support", support);
    fields.put("predicted", predicted);
    return Collections.unmodifiableMap(fields);
  }

  private static double ratio(long part, long whole) {
    return whole == 0 ? 0 : (double) part / whole;
  }
}
