package dev.rankwise.adapters.analysis;

import dev.rankwise.adapters.svd.Svd;
import dev.rankwise.models.config.ModuleShape;

/**
 * What tuning did to one weight.
 *
 * @param module whose weight
 * @param rows how far the vectors of its outputs moved
 * @param columns how far those of its inputs did
 * @param relativeNorm {@code ‖ΔW‖_F / ‖W₀‖_F}
 * @param spectrum singular values of ΔW
 * @param left its left singular vectors, of the largest values: directions of outputs, (k, out)
 * @param right its right ones: directions of inputs, (k, in)
 */
public record WeightUpdate(
    ModuleShape module,
    WeightChange rows,
    WeightChange columns,
    double relativeNorm,
    Spectrum spectrum,
    double[][] left,
    double[][] right) {

  /**
   * Looks at one weight.
   *
   * @param frozen the base's, (out, in) row-major
   * @param most how many singular vectors of each side at most
   */
  public static WeightUpdate of(
      TunedWeights weights, ModuleShape module, float[] frozen, int most) {
    float[] tuned = weights.tuned(module, frozen);
    Svd svd = weights.svd(module, frozen, tuned, most);
    Spectrum spectrum = new Spectrum(svd.values());
    double norm = norm(frozen);
    return new WeightUpdate(
        module,
        change(module, frozen, tuned, VectorAxis.ROWS),
        change(module, frozen, tuned, VectorAxis.COLUMNS),
        norm > 0 ? spectrum.norm() / norm : 0,
        spectrum,
        svd.left(),
        svd.right());
  }

  /** How far the vectors of a weight moved. */
  public static WeightChange change(
      ModuleShape module, float[] frozen, float[] tuned, VectorAxis axis) {
    return WeightChange.of(frozen, tuned, module.outFeatures(), module.inFeatures(), axis);
  }

  private static double norm(float[] weight) {
    double squares = 0;
    for (float value : weight) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares);
  }
}
