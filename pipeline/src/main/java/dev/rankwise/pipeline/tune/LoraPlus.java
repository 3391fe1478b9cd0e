package dev.rankwise.pipeline.tune;

import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.models.config.ModuleKind;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.pipeline.optimizer.ParameterGroup;
import java.util.List;
import java.util.Objects;

/**
 * LoRA+: factor B learns faster than factor A.
 *
 * <table>
 * <caption>Learning rate η, ratio λ, weight decay w; the first line that fits</caption>
 * <tr><th>parameters</th><th>rate</th><th>decay</th></tr>
 * <tr><td>factors of an embedding</td><td>embedding rate</td><td>w</td></tr>
 * <tr><td>biases, and norms that are trained in full</td><td>λ·η</td><td>0</td></tr>
 * <tr><td>B, and other vectors</td><td>λ·η</td><td>w</td></tr>
 * <tr><td>routers of experts</td><td>η</td><td>0</td></tr>
 * <tr><td>A, matrices that are trained in full, rows of a table</td><td>η</td><td>w</td></tr>
 * </table>
 *
 * <p>Source: Hayou et al., "LoRA+: Efficient Low Rank Adaptation of Large Models" (arXiv
 * 2402.12354), section 4; the groups are those of PEFT 0.21's {@code create_loraplus_optimizer}.
 *
 * @param ratio λ, positive
 * @param embeddingRate highest learning rate of an embedding's factors, positive
 * @param magnitudes how DoRA's magnitudes learn
 */
public record LoraPlus(double ratio, double embeddingRate, Magnitudes magnitudes) {
  /** PEFT's rate of an embedding's factors. */
  public static final double USUAL_EMBEDDING_RATE = 1e-6;

  /** How DoRA's magnitudes learn. */
  public enum Magnitudes {
    /** As the second factors, with their decay: what PEFT makes of any vector. */
    FAST,
    /**
     * At the rate η, without decay. A magnitude scales a whole row of the frozen weight, where an
     * entry of B moves it a little: λ times the rate makes rows jump, and decay pulls them to zero.
     */
    BASE_RATE
  }

  /** Rates with magnitudes as PEFT has them. */
  public LoraPlus(double ratio, double embeddingRate) {
    this(ratio, embeddingRate, Magnitudes.FAST);
  }

  public LoraPlus {
    Objects.requireNonNull(magnitudes, "magnitudes");
    requirePositive("ratio", ratio);
    requirePositive("embedding rate", embeddingRate);
  }

  /**
   * The groups of an adapter's parameters; neighbours that learn alike are one.
   *
   * @param learningRate η
   * @param weightDecay w
   */
  List<ParameterGroup> groups(AdapterPlan plan, double learningRate, double weightDecay) {
    ModuleTree tree = plan.matched().tree();
    return LikeParameters.joined(
        plan,
        parameter -> rateFactor(tree, parameter, learningRate),
        parameter ->
            isBiasOrNorm(tree, parameter)
                    || parameter.role() == Parameter.Role.ROUTER
                    || parameter.role() == Parameter.Role.STRETCH
                    || isSlowMagnitude(parameter)
                ? 0
                : weightDecay);
  }

  private double rateFactor(ModuleTree tree, Parameter parameter, double learningRate) {
    Parameter.Role role = parameter.role();
    boolean factor = role == Parameter.Role.FACTOR_A || role == Parameter.Role.FACTOR_B;
    boolean table = tree.module(parameter.tensor().module()).kind() == ModuleKind.EMBEDDING;
    if (factor && table) {
      return embeddingRate / learningRate;
    }
    boolean vector = parameter.tensor().shape().size() == 1 && !isSlowMagnitude(parameter);
    return role == Parameter.Role.FACTOR_B || vector ? ratio : 1;
  }

  private boolean isSlowMagnitude(Parameter parameter) {
    return parameter.role() == Parameter.Role.MAGNITUDE && magnitudes == Magnitudes.BASE_RATE;
  }

  private static boolean isBiasOrNorm(ModuleTree tree, Parameter parameter) {
    return parameter.tensor().shape().size() == 1
        && (parameter.tensor().tensor().endsWith("bias")
            || tree.module(parameter.tensor().module()).kind() == ModuleKind.NORM);
  }

  private static void requirePositive(String name, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw new UserInputException(
          "Invalid LoRA+ %s: %s (must be a positive, finite number)".formatted(name, value));
    }
  }
}
