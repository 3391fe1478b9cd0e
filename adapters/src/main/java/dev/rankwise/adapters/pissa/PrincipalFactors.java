package dev.rankwise.adapters.pissa;

import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.AdapterSpec.Initialisation;
import dev.rankwise.adapters.spec.AdapterSpec.Scaling;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.svd.DenseSvd;
import dev.rankwise.adapters.svd.Svd;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.failure.UserInputException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * PiSSA: LoRA whose factors start as the part of the weight that its r largest singular values
 * make, while that part leaves the frozen weight.
 *
 * <pre>
 *   W₀ = U·S·Vᵀ      A₀ = √(S_r/s)·V_rᵀ      B₀ = U_r·√(S_r/s)
 *   y = x·(W₀ − s·B₀·A₀)ᵀ + b + s·(x·Aᵀ)·Bᵀ
 *     = x·W₀ᵀ + b + s·(x·[A; A₀]ᵀ)·[B, −B₀]ᵀ
 * </pre>
 *
 * <p>By the last line no weight of the base changes: what is trained is plain LoRA of rank 2r in
 * which the second half of A and of B stands still. That is also what PEFT converts such an adapter
 * to when it saves it, so every file can be used beside the base as it is. The scale s stays that
 * of rank r: alpha doubles with the rank, or grows by √2 with rsLoRA.
 *
 * <p>Source: Meng, Wang and Zhang, "PiSSA: Principal Singular Values and Singular Vectors
 * Adaptation of Large Language Models" (arXiv 2404.02948), section 3; conversion: appendix C.
 */
public final class PrincipalFactors {
  private PrincipalFactors() {}

  /** Whether a specification asks for it. */
  public static boolean areAskedOf(AdapterSpec spec) {
    return spec.initialisation() == Initialisation.PISSA;
  }

  /**
   * The specification of the adapter that is trained, and saved.
   *
   * @throws UserInputException if the method has no two factors alone, with dropout, or with rsLoRA
   *     and ranks or alphas by pattern: a file has one alpha for each pattern, which is divided by
   *     the rank or by its root
   */
  public static AdapterSpec doubled(AdapterSpec spec) {
    requirePossible(spec);
    Map<String, Integer> ranks = new LinkedHashMap<>();
    spec.rankPattern().forEach((pattern, rank) -> ranks.put(pattern, Math.multiplyExact(2, rank)));
    Map<String, Double> alphas = new LinkedHashMap<>();
    spec.alphaPattern().forEach((pattern, alpha) -> alphas.put(pattern, 2 * alpha));
    boolean byRank = spec.scaling() == Scaling.BY_RANK;
    return spec.withInitialisation(Initialisation.KAIMING_UNIFORM)
        .withRank(Math.multiplyExact(2, spec.rank()), spec.alpha() * (byRank ? 2 : Math.sqrt(2)))
        .withRankPattern(ranks)
        .withAlphaPattern(alphas);
  }

  private static void requirePossible(AdapterSpec spec) {
    List<String> problems = new ArrayList<>();
    if (!spec.method().equals("lora")) {
      problems.add(
          ("Cannot start method \"%s\" from principal factors (only those of \"lora\" add to the"
                  + " weight and nothing else); use method \"lora\" or another initialisation")
              .formatted(spec.method()));
    }
    if (spec.dropout() > 0) {
      problems.add(
          "Cannot start from principal factors with dropout (the half that stands still would be dropped"
              + " too, which is part of the weight); set dropout to 0, or take another initialisation");
    }
    boolean patterns = !spec.rankPattern().isEmpty() || !spec.alphaPattern().isEmpty();
    if (spec.scaling() == Scaling.BY_ROOT_OF_RANK && patterns) {
      problems.add(
          "Cannot start from principal factors with rsLoRA and a rank or alpha pattern (an adapter"
              + " of twice the rank would need another alpha for each); take out use-rslora, or the"
              + " patterns");
    }
    if (!problems.isEmpty()) {
      throw new UserInputException(String.join("; ", problems));
    }
  }

  /**
   * How many parameters stand still.
   *
   * @param plan of the doubled specification
   */
  public static int still(AdapterPlan plan) {
    int factors = 0;
    for (Parameter parameter : plan.layout().parameters()) {
      Parameter.Role role = parameter.role();
      if (role == Parameter.Role.FACTOR_A || role == Parameter.Role.FACTOR_B) {
        factors += parameter.tensor().size();
      }
    }
    return factors / 2;
  }

  /**
   * Where training starts.
   *
   * @param plan of the doubled specification
   * @param drawn what its parameters would start as otherwise; factors are replaced in place
   * @param base the base's weights
   * @return the indices of parameters that stand still
   * @throws UserInputException if a module is no linear one, or has fewer singular values than
   *     ranks
   */
  public static BitSet start(AdapterPlan plan, float[] drawn, BaseWeights base) {
    BitSet still = new BitSet(drawn.length);
    for (MatchedModule module : plan.matched().adapted()) {
      requireLinear(module);
      start(plan, module, drawn, base, still);
    }
    return still;
  }

  private static void requireLinear(MatchedModule matched) {
    ModuleShape module = matched.module();
    if (!module.isLinear()) {
      throw new UserInputException(
          ("Cannot start module %s from principal factors (it is no linear module); take it out of the"
                  + " targets or use another initialisation")
              .formatted(module.path()));
    }
    int most = Math.min(module.inFeatures(), module.outFeatures());
    if (matched.rank() / 2 > most) {
      throw new UserInputException(
          ("Cannot start module %s from principal factors of rank %s (its weight has %s singular"
                  + " values); set a rank of at most that")
              .formatted(module.path(), matched.rank() / 2, most));
    }
  }

  private static void start(
      AdapterPlan plan, MatchedModule matched, float[] values, BaseWeights base, BitSet still) {
    ModuleShape module = matched.module();
    int rank = matched.rank() / 2;
    float[] weight = base.outputFirst(module.path() + ".weight");
    Svd svd = DenseSvd.of(weight, module.outFeatures(), module.inFeatures(), rank);
    for (Parameter parameter : plan.layout().parameters()) {
      if (parameter.tensor().module().equals(module.path())) {
        switch (parameter.role()) {
          case FACTOR_A -> factorA(parameter, matched, svd, values, still);
          case FACTOR_B -> factorB(parameter, matched, svd, values, still);
          default -> {
            // What is trained besides starts as ever.
          }
        }
      }
    }
  }

  /** Rows k and r + k of A both are row k of A₀. */
  private static void factorA(
      Parameter parameter, MatchedModule matched, Svd svd, float[] values, BitSet still) {
    int in = matched.module().inFeatures();
    int rank = matched.rank() / 2;
    for (int k = 0; k < rank; k++) {
      double root = Math.sqrt(svd.values()[k] / matched.scale());
      int first = parameter.offset() + k * in;
      int second = parameter.offset() + (rank + k) * in;
      for (int i = 0; i < in; i++) {
        values[first + i] = (float) (root * svd.right()[k][i]);
        values[second + i] = values[first + i];
      }
    }
    still.set(parameter.offset() + rank * in, parameter.offset() + 2 * rank * in);
  }

  /** Column k of B is that of B₀, and column r + k the same with the other sign. */
  private static void factorB(
      Parameter parameter, MatchedModule matched, Svd svd, float[] values, BitSet still) {
    int rank = matched.rank() / 2;
    for (int o = 0; o < matched.module().outFeatures(); o++) {
      int row = parameter.offset() + o * 2 * rank;
      for (int k = 0; k < rank; k++) {
        double root = Math.sqrt(svd.values()[k] / matched.scale());
        values[row + k] = (float) (root * svd.left()[k][o]);
        values[row + rank + k] = -values[row + k];
      }
      still.set(row + rank, row + 2 * rank);
    }
  }
}
