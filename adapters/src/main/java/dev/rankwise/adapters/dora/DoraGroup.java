package dev.rankwise.adapters.dora;

import dev.rankwise.adapters.lora.Lora;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.network.TrainableTensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What DoRA's kernels of a projection group read beside what LoRA's does. */
final class DoraGroup {
  private final List<ModuleShape> group;
  private final Map<String, MatchedModule> adapted;
  private final double dropout;
  private final List<TrainableTensor> factors;

  /**
   * @param factors the factors in the order of their placeholders; magnitudes come after them
   */
  DoraGroup(
      List<ModuleShape> group,
      Map<String, MatchedModule> adapted,
      double dropout,
      List<TrainableTensor> factors) {
    this.group = group;
    this.adapted = adapted;
    this.dropout = dropout;
    this.factors = List.copyOf(factors);
  }

  Map<String, String> substitutions() {
    List<String> factorsA = new ArrayList<>();
    List<String> factorsB = new ArrayList<>();
    List<String> outs = new ArrayList<>();
    List<String> magnitudes = new ArrayList<>();
    List<String> frozen = new ArrayList<>();
    int magnitude = factors.size();
    int mask = 0;
    int row = 0;
    for (ModuleShape module : group) {
      int out = module.outFeatures();
      MatchedModule matched = adapted.get(module.path());
      outs.add(Integer.toString(out));
      if (matched == null) {
        factorsA.add("torch.empty([0, %s], dtype=6)".formatted(module.inFeatures()));
        factorsB.add("torch.empty([%s, 0], dtype=6)".formatted(out));
        magnitudes.add("torch.zeros([%s], dtype=6)".formatted(out));
        frozen.add("torch.zeros([torch.size(x, 0), %s], dtype=${compute})".formatted(out));
      } else {
        factorsA.add(place(module, Parameter.Role.FACTOR_A));
        factorsB.add(
            "torch.mul(%s, %s)".formatted(place(module, Parameter.Role.FACTOR_B), matched.scale()));
        magnitudes.add("${t%s}".formatted(magnitude++));
        frozen.add(
            "torch.linear(torch.masked_fill(x, ${d%s}, 0), torch.narrow(${weight}, 0, %s, %s))"
                .formatted(mask++, row, out));
      }
      row += out;
    }
    Map<String, String> values = new LinkedHashMap<>();
    values.put("factors_a", String.join(", ", factorsA));
    values.put("scaled_b", String.join(", ", factorsB));
    values.put("outs", String.join(", ", outs));
    values.put("magnitudes", joined(magnitudes, ""));
    values.put("frozen", joined(frozen, ", 1"));
    values.put("larger", Double.toString(1 / (1 - dropout)));
    boolean biased = group.get(0).bias();
    String scaled = "torch.mul(t, torch.add(h, 1))";
    values.put(
        "stretched",
        biased ? "torch.sub_(%s, torch.mul(torch.to(${bias}, 6), h))".formatted(scaled) : scaled);
    values.put("directions", biased ? "torch.sub(t, torch.to(${bias}, ${adapter}))" : "t");
    return values;
  }

  private String place(ModuleShape module, Parameter.Role role) {
    for (int i = 0; i < factors.size(); i++) {
      TrainableTensor tensor = factors.get(i);
      if (tensor.module().equals(module.path()) && new Lora().role(tensor) == role) {
        return "${t%s}".formatted(i);
      }
    }
    throw new IllegalStateException("No factor of " + module.path());
  }

  private static String joined(List<String> parts, String further) {
    return parts.size() == 1
        ? parts.get(0)
        : "torch.cat([%s]%s)".formatted(String.join(", ", parts), further);
  }
}
