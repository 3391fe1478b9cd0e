package dev.rankwise.adapters.moe;

import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.network.TrainableTensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What kernels of DoRA experts read beside the factors: magnitudes, norms that are prepared, and
 * the frozen product without its bias, which experts stretch.
 *
 * <p>In the texts {@code h} (E, sum of outs) is {@code m / n − 1} by expert, 0 for a projection
 * that is not adapted.
 */
final class Magnitudes {
  /** Computes n once for each vector of parameters. */
  static final String NORMS = "kernels/linear/moe_dora_norms.torchscript";

  private final MoeLora method;
  private final List<ModuleShape> group;
  private final Map<String, MatchedModule> adapted;
  private final List<TrainableTensor> read;

  /**
   * @param adapted the projections of the group that are adapted, by path
   * @param read gets the tensors that are read
   */
  Magnitudes(
      MoeLora method,
      List<ModuleShape> group,
      Map<String, MatchedModule> adapted,
      List<TrainableTensor> read) {
    this.method = method;
    this.group = group;
    this.adapted = adapted;
    this.read = read;
  }

  /** What the norms' text reads, and {@code h} as an expression. */
  Map<String, String> substitutions() {
    int experts = method.experts(group.get(0));
    List<String> stackedA = new ArrayList<>();
    List<String> stackedB = new ArrayList<>();
    List<String> outs = new ArrayList<>();
    for (ModuleShape module : group) {
      MatchedModule matched = adapted.get(module.path());
      outs.add(Integer.toString(module.outFeatures()));
      if (matched == null) {
        stackedA.add("torch.empty([%s, 0, %s], dtype=6)".formatted(experts, module.inFeatures()));
        stackedB.add("torch.empty([%s, %s, 0], dtype=6)".formatted(experts, module.outFeatures()));
      } else {
        stackedA.add(stacked(matched, 0, experts));
        stackedB.add("torch.mul(%s, %s)".formatted(stacked(matched, 1, experts), scale(matched)));
      }
    }
    Map<String, String> values = new LinkedHashMap<>();
    values.put("stacked_a", String.join(", ", stackedA));
    values.put("stacked_b", String.join(", ", stackedB));
    values.put("outs", String.join(", ", outs));
    values.put("magnitudes", magnitudes(experts));
    return values;
  }

  private double scale(MatchedModule matched) {
    return method.scale(matched);
  }

  private String stacked(MatchedModule matched, int factor, int experts) {
    List<String> parts = new ArrayList<>();
    for (int expert = 0; expert < experts; expert++) {
      parts.add(Placeholders.read(read, method.expert(matched, expert).get(factor)));
    }
    return "torch.stack([%s])".formatted(String.join(", ", parts));
  }

  private String magnitudes(int experts) {
    List<String> rows = new ArrayList<>();
    for (int expert = 0; expert < experts; expert++) {
      List<String> parts = new ArrayList<>();
      for (ModuleShape module : group) {
        MatchedModule matched = adapted.get(module.path());
        parts.add(
            matched == null
                ? "torch.zeros([%s], dtype=6)".formatted(module.outFeatures())
                : Placeholders.read(read, method.expert(matched, expert).get(2)));
      }
      rows.add(Placeholders.joined("cat", parts, ""));
    }
    return "torch.stack([%s])".formatted(String.join(", ", rows));
  }

  /** {@code h} of one projection, (E, out). */
  String of(ModuleShape module) {
    int first = 0;
    for (ModuleShape before : group.subList(0, group.indexOf(module))) {
      first += before.outFeatures();
    }
    return group.size() == 1
        ? "h"
        : "torch.narrow(h, 1, %s, %s)".formatted(first, module.outFeatures());
  }

  /**
   * The frozen product without its bias: of {@code y}, which has it, or of the inputs that dropout
   * left.
   *
   * @param product what holds the frozen product, in the adapter's type
   * @param left by projection what its input is after dropout, in the frozen product's type; none
   *     where nothing is dropped
   * @param dropout the share that is dropped
   */
  String frozen(String product, List<String> left, double dropout) {
    if (left.isEmpty()) {
      return group.get(0).bias()
          ? "torch.sub(%s, torch.to(${bias}, ${adapter}))".formatted(product)
          : product;
    }
    List<String> parts = new ArrayList<>();
    int row = 0;
    int mask = 0;
    for (ModuleShape module : group) {
      int out = module.outFeatures();
      parts.add(
          adapted.containsKey(module.path())
              ? "torch.linear(%s, torch.narrow(${weight}, 0, %s, %s))"
                  .formatted(left.get(mask++), row, out)
              : "torch.zeros([torch.size(x, 0), %s], dtype=${compute})".formatted(out));
      row += out;
    }
    return "torch.mul(torch.to(%s, ${adapter}), %s)"
        .formatted(Placeholders.joined("cat", parts, ", 1"), 1 / (1 - dropout));
  }
}
