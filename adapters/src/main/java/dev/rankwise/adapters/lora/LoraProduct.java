package dev.rankwise.adapters.lora;

import dev.rankwise.adapters.spec.GroupPlaces;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.Parameter.Role;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.network.AdaptedProduct;
import dev.rankwise.models.network.AdaptedProduct.ByHand;
import dev.rankwise.models.network.TrainableTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What is filled into the kernel of a projection group: one group, once. */
final class LoraProduct {
  private static final String KERNEL = "kernels/linear/lora.torchscript";
  private static final ByHand BY_HAND =
      new ByHand("kernels/linear/lora_keeping.torchscript", "kernels/linear/lora_back.torchscript");
  private static final ByHand DROPPED_BY_HAND =
      new ByHand(
          "kernels/linear/lora_keeping_dropped.torchscript",
          "kernels/linear/lora_dropped_back.torchscript");

  private final Map<String, MatchedModule> adapted;
  private final double dropout;
  private final boolean shared;
  private final List<TrainableTensor> read = new ArrayList<>();
  private final List<ModuleShape> dropped = new ArrayList<>();
  private final List<String> factorsA = new ArrayList<>();
  private final List<String> factorsB = new ArrayList<>();
  private final List<String> biases = new ArrayList<>();

  /**
   * @param adapted the projections that are adapted, by path
   * @param dropout share of their inputs that is dropped; 0 outside training
   */
  LoraProduct(Map<String, MatchedModule> adapted, double dropout) {
    this.adapted = adapted;
    this.dropout = dropout;
    this.shared =
        adapted.values().stream().mapToDouble(MatchedModule::scale).distinct().count() == 1;
  }

  AdaptedProduct of(List<ModuleShape> group) {
    for (ModuleShape module : group) {
      MatchedModule matched = adapted.get(module.path());
      if (matched == null) {
        factorsB.add("torch.empty([%s, 0], dtype=6)".formatted(module.outFeatures()));
        biases.add("torch.zeros([%s], dtype=6)".formatted(module.outFeatures()));
      } else {
        add(matched);
      }
    }
    double scale = shared ? adapted.values().iterator().next().scale() : 1;
    boolean biased = adapted.values().stream().anyMatch(MatchedModule::biasOfB);
    AdaptedProduct product =
        new AdaptedProduct(
            KERNEL,
            Map.of(
                "inner",
                dropout > 0 ? joined("cat", inputs(), ", 1") : inner(),
                "factors_b",
                joined("block_diag", factorsB, ""),
                "scale",
                Double.toString(scale / (1 - dropout)),
                "sum",
                biased ? withBiases(scale) : "z"),
            read,
            "",
            dropped);
    boolean matrices = read.stream().allMatch(tensor -> tensor.shape().size() == 2);
    return matrices
        ? product.with(dropout > 0 ? DROPPED_BY_HAND : BY_HAND, byHand(group))
        : product;
  }

  /** What the texts by hand read. */
  private Map<String, String> byHand(List<ModuleShape> group) {
    List<String> b = new ArrayList<>();
    List<String> gradientsA = new ArrayList<>();
    List<String> gradientsB = new ArrayList<>();
    Lora lora = new Lora();
    for (int i = 0; i < read.size(); i++) {
      if (lora.role(read.get(i)) == Role.FACTOR_A) {
        gradientsA.add("${g%s}".formatted(i));
      } else {
        gradientsB.add("${g%s}".formatted(i));
        b.add("${t%s}".formatted(i));
      }
    }
    Map<String, String> values = GroupPlaces.of(group, adapted, dropout).substitutions();
    values.put("stacked_a", joined("cat", factorsA, ""));
    values.put("each_a", String.join(", ", factorsA));
    values.put("each_b", String.join(", ", b));
    values.put("gradients_a", String.join(", ", gradientsA));
    values.put("gradients_b", String.join(", ", gradientsB));
    return values;
  }

  private void add(MatchedModule matched) {
    if (dropout > 0) {
      dropped.add(matched.module());
    }
    Lora lora = new Lora();
    for (TrainableTensor tensor : lora.tensors(matched)) {
      String place = matrix(tensor, "${t%s}".formatted(read.size()));
      String scaled = shared ? place : "torch.mul(%s, %s)".formatted(place, matched.scale());
      read.add(tensor);
      switch (lora.role(tensor)) {
        case FACTOR_A -> factorsA.add(place);
        case BIAS_OF_B -> biases.add(scaled);
        default -> factorsB.add(scaled);
      }
    }
  }

  /** A factor of a convolution is a product's, made a matrix. */
  private static String matrix(TrainableTensor tensor, String place) {
    return tensor.shape().size() > 2 ? "torch.flatten(%s, 1)".formatted(place) : place;
  }

  private String inner() {
    return "torch.linear(torch.to(x, ${adapter}), torch.to(%s, ${adapter}))"
        .formatted(joined("cat", factorsA, ""));
  }

  /** Each projection's own input, with its own mask, on its way through its own A. */
  private List<String> inputs() {
    List<String> inputs = new ArrayList<>();
    for (int i = 0; i < factorsA.size(); i++) {
      inputs.add(
          "torch.linear(torch.masked_fill(torch.to(x, ${adapter}), ${d%s}, 0), torch.to(%s, ${adapter}))"
              .formatted(i, factorsA.get(i)));
    }
    return inputs;
  }

  private String withBiases(double scale) {
    return "torch.add(z, torch.to(%s, ${adapter}), alpha=%s)"
        .formatted(joined("cat", biases, ""), scale);
  }

  /** Several as one; a single one needs no copy. */
  private static String joined(String function, List<String> parts, String further) {
    return parts.size() == 1
        ? parts.get(0)
        : "torch.%s([%s]%s)".formatted(function, String.join(", ", parts), further);
  }
}
