package dev.rankwise.adapters.moe;

import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.adapters.spec.ExpertMixture.Kind;
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
 * What is filled into the kernels of a feed-forward part whose experts are routed as a whole.
 *
 * <p>The projections that read the state give a row for each pair of a token and one of its
 * experts, (N·k, outs), the pairs of an expert together. A block's activation works row by row, so
 * it knows nothing of that. The projection back sums the rows of a token by the gates and gives (N,
 * out) again. Between them gates and choice lie in the list {@code w}.
 */
final class ExpertGroup {
  private static final String READING = "kernels/linear/moe_reading.torchscript";
  private static final String WRITING = "kernels/linear/moe_writing.torchscript";
  private static final String STRETCHED_READING = "kernels/linear/moe_dora_reading.torchscript";
  private static final String STRETCHED_WRITING = "kernels/linear/moe_dora_writing.torchscript";
  private static final String SUMMING = "kernels/linear/moe_summing.torchscript";

  private final MoeLora method;
  private final Map<String, MatchedModule> adapted;
  private final double dropout;
  private final double jitter;
  private final List<TrainableTensor> read = new ArrayList<>();
  private final List<ModuleShape> dropped = new ArrayList<>();

  /**
   * @param adapted the projections that are adapted, by path
   * @param dropout share of their inputs that is dropped; 0 outside training
   * @param jitter how far from 1 the factors may lie that the router's input is multiplied by; 0
   *     outside training
   */
  ExpertGroup(MoeLora method, Map<String, MatchedModule> adapted, double dropout, double jitter) {
    this.method = method;
    this.adapted = adapted;
    this.dropout = dropout;
    this.jitter = jitter;
  }

  /** The projections that read the state. */
  AdaptedProduct reading(List<ModuleShape> group) {
    List<MatchedModule> matched =
        group.stream().map(module -> adapted.get(module.path())).filter(it -> it != null).toList();
    List<String> rows = new ArrayList<>();
    if (dropout > 0) {
      for (MatchedModule module : matched) {
        rows.add("torch.masked_fill(torch.to(x, ${adapter}), ${d%s}, 0)".formatted(dropped.size()));
        dropped.add(module.module());
      }
    } else {
      rows.add("torch.to(x, ${adapter})");
    }
    Map<String, String> filled = filled(group, rows.size());
    filled.put("rows", String.join(", ", rows));
    ModuleShape first = group.get(0);
    filled.put("router", Placeholders.read(read, method.router(first).get(0)));
    filled.put("routed", jitter > 0 ? "torch.mul(torch.to(x, 6), ${j0})" : "x");
    if (stretched()) {
      Magnitudes magnitudes = new Magnitudes(method, group, adapted, read);
      filled.putAll(magnitudes.substitutions());
      List<String> left =
          IntStream.range(0, dropped.size())
              .mapToObj("torch.masked_fill(x, ${d%s}, 0)"::formatted)
              .toList();
      filled.put("frozen", magnitudes.frozen("y", left, dropout));
    }
    return new AdaptedProduct(
        stretched() ? STRETCHED_READING : READING,
        filled,
        read,
        stretched() ? Magnitudes.NORMS : "",
        dropped,
        Map.of("route", Placeholders.routerText(method.mixture())),
        jitter > 0 ? List.of(first) : List.of());
  }

  /** The projection back. */
  AdaptedProduct writing(ModuleShape module) {
    if (dropout > 0) {
      dropped.add(module);
    }
    Map<String, String> filled = filled(List.of(module), 1);
    filled.put(
        "rows",
        dropout > 0
            ? "torch.masked_fill(torch.to(x, ${adapter}), torch.index_select(${d0}, 0, tokens), 0)"
            : "torch.to(x, ${adapter})");
    if (!stretched()) {
      return new AdaptedProduct(WRITING, filled, read, "", dropped);
    }
    filled.putAll(ofStretchedWriting(module));
    return new AdaptedProduct(STRETCHED_WRITING, filled, read, Magnitudes.NORMS, dropped);
  }

  /**
   * Without dropout what experts turn and stretch is all that there is, and the bias stands beside
   * it; with it, it is what is left of the rows, beside the frozen product of the gated sum.
   */
  private Map<String, String> ofStretchedWriting(ModuleShape module) {
    Magnitudes magnitudes = new Magnitudes(method, List.of(module), adapted, read);
    Map<String, String> filled = new LinkedHashMap<>(magnitudes.substitutions());
    if (dropout > 0) {
      filled.put("input", "torch.to(mixed, ${compute})");
      filled.put("beside", "y");
      filled.put("kept", "l");
      String left = "torch.masked_fill(x, torch.index_select(${d0}, 0, tokens), 0)";
      filled.put("frozen", magnitudes.frozen("y", List.of(left), dropout));
    } else {
      filled.put("input", "x");
      filled.put(
          "beside", module.bias() ? "torch.to(${bias}, ${adapter})" : "torch.zeros([1], dtype=6)");
      filled.put("kept", "t");
      filled.put("frozen", magnitudes.frozen("y", List.of(), dropout));
    }
    return filled;
  }

  private boolean stretched() {
    return method.mixture().kind() == Kind.DORA;
  }

  /** The projection back where no expert adds to it. */
  static AdaptedProduct summing(ExpertMixture mixture) {
    return new AdaptedProduct(
        SUMMING, Map.of("top_k", Integer.toString(mixture.topK())), List.of());
  }

  /** Factors by expert; a projection that is not adapted is a block of no columns in each B. */
  private Map<String, String> filled(List<ModuleShape> group, int inputs) {
    List<String> factorsA = new ArrayList<>();
    List<String> factorsB = new ArrayList<>();
    int experts = method.experts(group.get(0));
    for (int expert = 0; expert < experts; expert++) {
      List<String> a = new ArrayList<>();
      List<String> b = new ArrayList<>();
      for (ModuleShape module : group) {
        MatchedModule matched = adapted.get(module.path());
        if (matched == null) {
          b.add("torch.empty([%s, 0], dtype=6)".formatted(module.outFeatures()));
          continue;
        }
        List<TrainableTensor> factors = method.expert(matched, expert);
        a.add(Placeholders.read(read, factors.get(0)));
        b.add(
            "torch.mul(%s, %s)"
                .formatted(
                    Placeholders.read(read, factors.get(1)),
                    method.scale(matched) / (1 - dropout)));
      }
      if (inputs == 1) {
        factorsA.add(Placeholders.joined("cat", a, ""));
      } else {
        factorsA.addAll(a);
      }
      factorsB.add(Placeholders.joined("block_diag", b, ""));
    }
    Map<String, String> filled =
        new LinkedHashMap<>(Placeholders.ofRouter(method.mixture(), experts));
    filled.put("factors_a", String.join(", ", factorsA));
    filled.put("factors_b", String.join(", ", factorsB));
    filled.put("inputs", Integer.toString(inputs));
    return filled;
  }
}
