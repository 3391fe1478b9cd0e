package dev.rankwise.adapters.adalora;

import dev.rankwise.adapters.spec.GroupPlaces;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.network.AdaptedProduct;
import dev.rankwise.models.network.AdaptedProduct.ByHand;
import dev.rankwise.models.network.TrainableTensor;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What is filled into the kernel of a projection group: one group, once. */
final class AdaLoraProduct {
  private static final String KERNEL = "kernels/linear/adalora.torchscript";

  private static final ByHand BY_HAND =
      new ByHand(
          "kernels/linear/lora_keeping.torchscript", "kernels/linear/adalora_back.torchscript");
  private static final ByHand DROPPED_BY_HAND =
      new ByHand(
          "kernels/linear/lora_keeping_dropped.torchscript",
          "kernels/linear/adalora_dropped_back.torchscript");

  private final Map<String, MatchedModule> adapted;
  private final double dropout;
  private final List<TrainableTensor> read = new ArrayList<>();
  private final List<ModuleShape> dropped = new ArrayList<>();
  private final List<String> weighted = new ArrayList<>();
  private final List<String> factorsP = new ArrayList<>();

  /**
   * @param adapted the projections that are adapted, by path
   * @param dropout share of their inputs that is dropped; 0 outside training
   */
  AdaLoraProduct(Map<String, MatchedModule> adapted, double dropout) {
    this.adapted = adapted;
    this.dropout = dropout;
  }

  AdaptedProduct of(List<ModuleShape> group) {
    for (ModuleShape module : group) {
      MatchedModule matched = adapted.get(module.path());
      if (matched == null) {
        factorsP.add("torch.empty([%s, 0], dtype=6)".formatted(module.outFeatures()));
      } else {
        add(matched);
      }
    }
    String inner =
        dropout > 0
            ? joined("cat", inputs(), ", 1")
            : through("torch.to(x, ${adapter})", joined("cat", weighted, ""));
    Map<String, String> filled =
        Map.of(
            "inner",
            inner,
            "factors_p",
            joined("block_diag", factorsP, ""),
            "scale",
            Double.toString(scale() / (1 - dropout)));
    return new AdaptedProduct(KERNEL, filled, read, "", dropped)
        .with(dropout > 0 ? DROPPED_BY_HAND : BY_HAND, byHand(group));
  }

  /** What the texts by hand read; their forward pass is LoRA's, with Λ·Q for A and P for B. */
  private Map<String, String> byHand(List<ModuleShape> group) {
    Map<Parameter.Role, List<String>> places = new EnumMap<>(Parameter.Role.class);
    Map<Parameter.Role, List<String>> gradients = new EnumMap<>(Parameter.Role.class);
    AdaLora method = new AdaLora();
    for (int i = 0; i < read.size(); i++) {
      Parameter.Role role = method.role(read.get(i));
      places.computeIfAbsent(role, key -> new ArrayList<>()).add("${t%s}".formatted(i));
      gradients.computeIfAbsent(role, key -> new ArrayList<>()).add("${g%s}".formatted(i));
    }
    Map<String, String> values = GroupPlaces.of(group, adapted, dropout).substitutions();
    values.put("stacked_a", joined("cat", weighted, ""));
    values.put("each_a", String.join(", ", weighted));
    values.put("each_q", String.join(", ", places.get(Parameter.Role.FACTOR_A)));
    values.put("each_b", String.join(", ", places.get(Parameter.Role.FACTOR_B)));
    values.put("diagonals", String.join(", ", places.get(Parameter.Role.DIAGONAL)));
    values.put("gradients_q", String.join(", ", gradients.get(Parameter.Role.FACTOR_A)));
    values.put("gradients_b", String.join(", ", gradients.get(Parameter.Role.FACTOR_B)));
    values.put("gradients_diagonals", String.join(", ", gradients.get(Parameter.Role.DIAGONAL)));
    return values;
  }

  /** One for all modules that have a triplet left; what others have multiplies nothing. */
  private double scale() {
    return adapted.values().stream()
        .filter(module -> module.rank() > 0)
        .mapToDouble(MatchedModule::scale)
        .findFirst()
        .orElse(1);
  }

  private void add(MatchedModule matched) {
    if (dropout > 0) {
      dropped.add(matched.module());
    }
    AdaLora method = new AdaLora();
    Map<Parameter.Role, String> places = new EnumMap<>(Parameter.Role.class);
    for (TrainableTensor tensor : method.tensors(matched)) {
      places.put(method.role(tensor), "${t%s}".formatted(read.size()));
      read.add(tensor);
    }
    weighted.add(
        "torch.mul(%s, %s)"
            .formatted(places.get(Parameter.Role.FACTOR_A), places.get(Parameter.Role.DIAGONAL)));
    factorsP.add(places.get(Parameter.Role.FACTOR_B));
  }

  /** Each projection's own input, with its own mask, on its way through its own Λ·Q. */
  private List<String> inputs() {
    List<String> inputs = new ArrayList<>();
    for (int i = 0; i < weighted.size(); i++) {
      String kept = "torch.masked_fill(torch.to(x, ${adapter}), ${d%s}, 0)".formatted(i);
      inputs.add(through(kept, weighted.get(i)));
    }
    return inputs;
  }

  private static String through(String input, String factor) {
    return "torch.linear(%s, torch.to(%s, ${adapter}))".formatted(input, factor);
  }

  /** Several as one; a single one needs no copy. */
  private static String joined(String function, List<String> parts, String further) {
    return parts.size() == 1
        ? parts.get(0)
        : "torch.%s([%s]%s)".formatted(function, String.join(", ", parts), further);
  }
}
