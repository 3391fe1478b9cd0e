package dev.rankwise.adapters.moe;

import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.adapters.spec.ExpertMixture.Router;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.models.network.DecoderOracle.Experts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A mixture in double, one token and one expert at a time: every expert that has a weight computes
 * its whole part, frozen products and all.
 */
final class ExpertsOracle implements Experts {
  private final AdapterPlan plan;
  private final ExpertMixture mixture;
  private final double[] theta;
  private final int task;
  private final Map<String, List<double[]>> scores = new LinkedHashMap<>();

  /**
   * @param task the task of all rows
   */
  ExpertsOracle(AdapterPlan plan, double[] theta, int task) {
    this.plan = plan;
    this.mixture = plan.spec().mixture();
    this.theta = theta;
    this.task = task;
  }

  @Override
  public double[] gates(String first, double[] x) {
    boolean block = mixture.scope() == ExpertMixture.Scope.BLOCK;
    return block && plan.matched().at(first).isPresent() ? weights(first, x) : new double[0];
  }

  @Override
  public double[] added(String path, double[] x, int out, int expert) {
    double[] added = new double[out];
    Optional<MatchedModule> module = plan.matched().at(path);
    if (module.isEmpty()) {
      return added;
    }
    if (mixture.scope() == ExpertMixture.Scope.BLOCK) {
      String of = expert == NONE ? "" : "experts." + expert + ".";
      addTo(added, module.get(), of, x, 1);
      return added;
    }
    double[] gates = weights(path, x);
    for (int e = 0; e < gates.length; e++) {
      addTo(added, module.get(), "experts." + e + ".", x, gates[e]);
    }
    return added;
  }

  private void addTo(double[] sum, MatchedModule module, String of, double[] x, double gate) {
    double[] u = times(module.module().path() + "." + of + "lora_A.weight", module.rank(), x);
    double[] y = times(module.module().path() + "." + of + "lora_B.weight", sum.length, u);
    double scale = module.scale();
    if (mixture.router() == Router.TASK_EMBEDDING) {
      scale /= mixture.experts();
    }
    for (int o = 0; o < sum.length; o++) {
      sum[o] += gate * scale * y[o];
    }
  }

  private double[] times(String name, int rows, double[] x) {
    int offset = plan.layout().offsetOf(name);
    double[] y = new double[rows];
    for (int o = 0; o < rows; o++) {
      for (int i = 0; i < x.length; i++) {
        y[o] += theta[offset + o * x.length + i] * x[i];
      }
    }
    return y;
  }

  double[] weights(String path, double[] x) {
    double[] z =
        switch (mixture.router()) {
          case TOKEN -> times(path + "." + MoeLora.ROUTER, mixture.experts(), x);
          case TASK -> row(path + "." + MoeLora.TASK_SCORES, mixture.experts());
          case TASK_EMBEDDING ->
              times(
                  path + "." + MoeLora.ROUTER,
                  mixture.experts(),
                  row(path + "." + MoeLora.TASK_EMBEDDING, mixture.embedding()));
        };
    for (int e = 0; e < z.length; e++) {
      z[e] /= mixture.temperature();
    }
    if (mixture.router() == Router.TOKEN) {
      scores.computeIfAbsent(path, key -> new ArrayList<>()).add(z);
    }
    return mixture.router() == Router.TOKEN ? chosen(softmax(z)) : softmax(z);
  }

  private double[] row(String name, int width) {
    int offset = plan.layout().offsetOf(name) + task * width;
    return Arrays.copyOfRange(theta, offset, offset + width);
  }

  private double[] chosen(double[] p) {
    int[] best = best(p, mixture.topK());
    double sum =
        mixture.gates() == ExpertMixture.Gates.RAW
            ? 1
            : Arrays.stream(best).mapToDouble(e -> p[e]).sum();
    double[] gates = new double[p.length];
    for (int e : best) {
      gates[e] = p[e] / sum;
    }
    return gates;
  }

  static int[] best(double[] p, int k) {
    return IntStream.range(0, p.length)
        .boxed()
        .sorted(Comparator.<Integer>comparingDouble(e -> -p[e]).thenComparing(e -> e))
        .limit(k)
        .mapToInt(e -> e)
        .toArray();
  }

  static double[] softmax(double[] z) {
    double[] p = Arrays.stream(z).map(Math::exp).toArray();
    double sum = Arrays.stream(p).sum();
    return Arrays.stream(p).map(value -> value / sum).toArray();
  }

  /** What all routers that were asked add to the loss. */
  double terms() {
    double sum = 0;
    for (List<double[]> ofRouter : scores.values()) {
      sum += mixture.balance() * balance(ofRouter, mixture.topK());
      sum += mixture.scores() * squares(ofRouter);
    }
    return scores.isEmpty() ? 0 : sum / scores.size();
  }

  /** {@code E·Σ f·P} over the scores of all tokens. */
  static double balance(List<double[]> scores, int k) {
    int experts = scores.get(0).length;
    double[] load = load(scores, k);
    double balance = 0;
    for (int e = 0; e < experts; e++) {
      double mean = 0;
      for (double[] z : scores) {
        mean += softmax(z)[e] / scores.size();
      }
      balance += experts * load[e] * mean;
    }
    return balance;
  }

  static double[] load(List<double[]> scores, int k) {
    double[] load = new double[scores.get(0).length];
    for (double[] z : scores) {
      for (int e : best(softmax(z), k)) {
        load[e] += 1.0 / (k * scores.size());
      }
    }
    return load;
  }

  /** {@code mean(logsumexp(z)²)}. */
  static double squares(List<double[]> scores) {
    return scores.stream()
        .mapToDouble(z -> Math.log(Arrays.stream(z).map(Math::exp).sum()))
        .map(l -> l * l)
        .average()
        .orElseThrow();
  }
}
