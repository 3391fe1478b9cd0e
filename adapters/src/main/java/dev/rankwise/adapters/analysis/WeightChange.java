package dev.rankwise.adapters.analysis;

/**
 * How far the vectors of a weight have moved: in length, and in direction.
 *
 * <pre>
 *   ΔM = mean_k |‖v_k‖ − ‖u_k‖|          ΔD = mean_k (1 − cos(v_k, u_k))
 * </pre>
 *
 * <p>over the K vectors u of the weight as it was and v as it is. {@code 1 − cos} is taken as half
 * the squared distance of the unit vectors, which keeps all its digits where they hardly differ. A
 * vector that is zero before or after has no direction and turns by nothing. All is summed in
 * double, in order.
 *
 * <p>Source: Liu et al., "DoRA: Weight-Decomposed Low-Rank Adaptation" (arXiv 2402.09353), section
 * 3.2, equations 3 and 4.
 *
 * @param magnitude ΔM, in the unit of the weights, at least 0
 * @param direction ΔD, [0, 2]
 * @param length mean length of the vectors as they were
 */
public record WeightChange(double magnitude, double direction, double length) {

  /**
   * Compares a weight with what it was.
   *
   * @param start the weight before, (out, in) row-major
   * @param later the weight after, likewise
   */
  public static WeightChange of(float[] start, float[] later, int out, int in, VectorAxis axis) {
    int vectors = axis == VectorAxis.ROWS ? out : in;
    int size = axis == VectorAxis.ROWS ? in : out;
    int next = axis == VectorAxis.ROWS ? 1 : in;
    double magnitude = 0;
    double direction = 0;
    double length = 0;
    for (int k = 0; k < vectors; k++) {
      int first = axis == VectorAxis.ROWS ? k * in : k;
      double before = norm(start, first, size, next);
      double after = norm(later, first, size, next);
      magnitude += Math.abs(after - before);
      length += before;
      if (before > 0 && after > 0) {
        double squares = 0;
        for (int i = 0; i < size; i++) {
          int place = first + i * next;
          double apart = later[place] / after - start[place] / before;
          squares += apart * apart;
        }
        direction += squares / 2;
      }
    }
    return new WeightChange(magnitude / vectors, direction / vectors, length / vectors);
  }

  private static double norm(float[] weight, int first, int size, int next) {
    double squares = 0;
    for (int i = 0; i < size; i++) {
      double value = weight[first + i * next];
      squares += value * value;
    }
    return Math.sqrt(squares);
  }
}
