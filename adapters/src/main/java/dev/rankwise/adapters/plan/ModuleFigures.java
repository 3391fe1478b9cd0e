package dev.rankwise.adapters.plan;

import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.models.text.CountText;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * Rank, alpha and scale of an adapter's modules, in words. Where all modules are alike that is one
 * figure; where they differ each figure beside the number of modules that have it, {@code 2 (4
 * modules), 5 (1 module)}; and where there are more than {@value #LISTED} figures the least and the
 * largest, {@code 1 to 12}.
 *
 * @param modules how many modules are adapted
 * @param rank r, the rank that each has now
 * @param alpha α
 * @param scale s, the factor on the update
 */
public record ModuleFigures(String modules, String rank, String alpha, String scale) {
  private static final int LISTED = 4;

  /** Those of a plan; empty where the method has no rank, or no module is adapted. */
  public static Optional<ModuleFigures> of(AdapterPlan plan) {
    List<MatchedModule> adapted = plan.matched().adapted();
    if (adapted.isEmpty() || !plan.method().hasRank()) {
      return Optional.empty();
    }
    return Optional.of(
        new ModuleFigures(
            CountText.of(adapted.size(), "module"),
            figures(adapted, MatchedModule::rank),
            figures(adapted, MatchedModule::alpha),
            figures(adapted, MatchedModule::scale)));
  }

  private static String figures(List<MatchedModule> adapted, ToDoubleFunction<MatchedModule> of) {
    SortedMap<Double, Integer> counts = new TreeMap<>();
    adapted.forEach(module -> counts.merge(of.applyAsDouble(module), 1, Integer::sum));
    if (counts.size() == 1) {
      return number(counts.firstKey());
    }
    if (counts.size() > LISTED) {
      return "%s to %s".formatted(number(counts.firstKey()), number(counts.lastKey()));
    }
    StringBuilder listed = new StringBuilder();
    counts.forEach(
        (figure, modules) ->
            listed
                .append(listed.isEmpty() ? "" : ", ")
                .append(number(figure))
                .append(" (%s)".formatted(CountText.of(modules, "module"))));
    return listed.toString();
  }

  /** A figure, without a point where it is whole. */
  public static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  /** {@code rank 8, alpha 16}. */
  public String text() {
    return "rank %s, alpha %s".formatted(rank, alpha);
  }
}
