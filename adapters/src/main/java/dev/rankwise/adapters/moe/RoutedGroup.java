package dev.rankwise.adapters.moe;

import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.adapters.spec.ExpertMixture.Kind;
import dev.rankwise.adapters.spec.ExpertMixture.Router;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.network.AdaptedProduct;
import dev.rankwise.models.network.TrainableTensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What is filled into the kernel of a projection group whose modules each have a router: one group,
 * once. The factors A of all experts stand on top of each other, (E·r, in), those of B side by
 * side, (out, E·r), and g takes out of x·Aᵀ what a token's experts are not: as dear as LoRA of rank
 * E·r, and three dense products. Of DoRA experts each column of B comes stretched by its expert's
 * magnitudes, and one more thin product stretches the frozen one.
 */
final class RoutedGroup {
  private static final String KERNEL = "kernels/linear/moe.torchscript";
  private static final String STRETCHED = "kernels/linear/moe_dora.torchscript";

  private final MoeLora method;
  private final Map<String, MatchedModule> adapted;
  private final double dropout;
  private final double jitter;
  private final boolean shared;
  private final List<TrainableTensor> read = new ArrayList<>();
  private final List<ModuleShape> dropped = new ArrayList<>();
  private final List<ModuleShape> shaken = new ArrayList<>();
  private final List<String> factorsA = new ArrayList<>();
  private final List<String> gates = new ArrayList<>();
  private final List<String> factorsB = new ArrayList<>();
  private final List<String> routers = new ArrayList<>();
  private final List<String> stretches = new ArrayList<>();

  /**
   * @param adapted the projections that are adapted, by path
   * @param dropout share of their inputs that is dropped; 0 outside training
   * @param jitter how far from 1 the factors may lie that the routers' inputs are multiplied by; 0
   *     outside training
   */
  RoutedGroup(MoeLora method, Map<String, MatchedModule> adapted, double dropout, double jitter) {
    this.method = method;
    this.adapted = adapted;
    this.dropout = dropout;
    this.jitter = jitter;
    this.shared = adapted.values().stream().mapToDouble(method::scale).distinct().count() == 1;
  }

  AdaptedProduct of(List<ModuleShape> group) {
    Magnitudes magnitudes = new Magnitudes(method, group, adapted, read);
    for (ModuleShape module : group) {
      MatchedModule matched = adapted.get(module.path());
      if (matched == null) {
        factorsB.add("torch.empty([%s, 0], dtype=6)".formatted(module.outFeatures()));
        stretches.add(
            "torch.zeros([torch.size(x, 0), %s], dtype=6)".formatted(module.outFeatures()));
      } else {
        add(matched, magnitudes.of(module));
      }
    }
    ExpertMixture mixture = method.mixture();
    Map<String, String> filled =
        new LinkedHashMap<>(Placeholders.ofRouter(mixture, method.experts(group.get(0))));
    filled.put("inner", inner());
    filled.put("gates", Placeholders.joined("cat", gates, ", 1"));
    filled.put("factors_b", Placeholders.joined("block_diag", factorsB, ""));
    double scale = shared ? method.scale(adapted.values().iterator().next()) : 1;
    filled.put("scale", Double.toString(scale / (1 - dropout)));
    Map<String, String> parts = Map.of("route", Placeholders.routerText(mixture));
    if (mixture.kind() == Kind.LORA) {
      return new AdaptedProduct(KERNEL, filled, read, "", dropped, parts, shaken);
    }
    filled.putAll(magnitudes.substitutions());
    filled.put("routed", String.join(", ", routers));
    filled.put("stretches", Placeholders.joined("cat", stretches, ", 1"));
    filled.put("frozen", magnitudes.frozen("y", left(), dropout));
    return new AdaptedProduct(STRETCHED, filled, read, Magnitudes.NORMS, dropped, parts, shaken);
  }

  /**
   * Adds one projection.
   *
   * @param h what its experts stretch outputs by, less 1, (E, out), where they are DoRA's
   */
  private void add(MatchedModule matched, String h) {
    List<String> a = new ArrayList<>();
    List<String> b = new ArrayList<>();
    for (int expert = 0; expert < method.experts(matched.module()); expert++) {
      List<TrainableTensor> factors = method.expert(matched, expert);
      a.add(Placeholders.read(read, factors.get(0)));
      b.add(Placeholders.read(read, factors.get(1)));
    }
    boolean stretched = method.mixture().kind() == Kind.DORA;
    String joined = Placeholders.joined("cat", b, ", 1");
    if (stretched) {
      joined =
          "torch.mul(%s, torch.t(torch.repeat_interleave(torch.add(%s, 1), %s, 0)))"
              .formatted(joined, h, matched.rank());
    }
    factorsB.add(shared ? joined : "torch.mul(%s, %s)".formatted(joined, method.scale(matched)));
    factorsA.add(Placeholders.joined("cat", a, ""));
    if (dropout > 0) {
      dropped.add(matched.module());
    }
    String routed =
        "(self).${route}(%s, w, %s)".formatted(routed(matched.module()), router(matched.module()));
    if (stretched) {
      String gate = "routed[%s]".formatted(routers.size());
      routers.add(routed);
      stretches.add("torch.mm(%s, %s)".formatted(gate, h));
      routed = gate;
    }
    gates.add("torch.repeat_interleave(%s, %s, 1)".formatted(routed, matched.rank()));
  }

  /** The inputs that dropout leaves, as the frozen product reads them. */
  private List<String> left() {
    return IntStream.range(0, dropped.size())
        .mapToObj("torch.masked_fill(x, ${d%s}, 0)"::formatted)
        .toList();
  }

  /** All inputs' products with A at once, or, with dropout, each projection's own. */
  private String inner() {
    String product = "torch.linear(%s, torch.to(%s, ${adapter}))";
    String x = "torch.to(x, ${adapter})";
    if (dropout == 0) {
      return product.formatted(x, Placeholders.joined("cat", factorsA, ""));
    }
    List<String> products = new ArrayList<>();
    for (int i = 0; i < factorsA.size(); i++) {
      String left = "torch.masked_fill(%s, ${d%s}, 0)".formatted(x, i);
      products.add(product.formatted(left, factorsA.get(i)));
    }
    return Placeholders.joined("cat", products, ", 1");
  }

  private String routed(ModuleShape module) {
    ExpertMixture mixture = method.mixture();
    if (jitter == 0 || mixture.router() != Router.TOKEN) {
      return "x";
    }
    String shaken = "torch.mul(torch.to(x, 6), ${j%s})".formatted(this.shaken.size());
    this.shaken.add(module);
    return shaken;
  }

  private String router(ModuleShape module) {
    List<String> parts =
        method.router(module).stream().map(tensor -> Placeholders.read(read, tensor)).toList();
    return parts.size() == 1
        ? parts.get(0)
        : "torch.linear(%s, %s)".formatted(parts.get(0), parts.get(1));
  }
}
