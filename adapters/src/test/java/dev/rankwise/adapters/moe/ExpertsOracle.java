package dev.rankwise.adapters.moe;

import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.adapters.spec.ExpertMixture.Kind;
import dev.rankwise.adapters.spec.ExpertMixture.Router;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.models.network.DecoderOracle.Experts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
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
  /** Frozen weights, and the norms of what experts make of them, each computed once. */
  static final class Norms {
    private final AdapterPlan plan;
    private final double[] theta;
    private final Map<String, double[]> frozen;
    private final boolean inputFirst;
    private final Map<String, Double> known = new HashMap<>();

    /**
     * @param theta the numbers that norms are taken of
     * @param frozen the base's weights by name
     */
    Norms(AdapterPlan plan, double[] theta, Map<String, double[]> frozen) {
      this.plan = plan;
      this.theta = theta;
      this.frozen = frozen;
      this.inputFirst = plan.base().modelType().equals("gpt2");
    }

    /** A row of the frozen weight. */
    double[] row(String path, int output, int out, int in) {
      double[] weight = frozen.get(path + ".weight");
      double[] row = new double[in];
      for (int i = 0; i < in; i++) {
        row[i] = weight[inputFirst ? i * out + output : output * in + i];
      }
      return row;
    }

    /** {@code ‖W₀ + s·B·A‖} of a row. */
    double of(String path, double[] row, int output, int rank, double scale) {
      return known.computeIfAbsent(path + output, key -> computed(path, row, output, rank, scale));
    }

    private double computed(String path, double[] row, int output, int rank, double scale) {
      int a = plan.layout().offsetOf(path + "lora_A.weight");
      int b = plan.layout().offsetOf(path + "lora_B.weight");
      double squares = 0;
      for (int i = 0; i < row.length; i++) {
        double v = row[i];
        for (int k = 0; k < rank; k++) {
          v += scale * theta[b + output * rank + k] * theta[a + k * row.length + i];
        }
        squares += v * v;
      }
      return Math.sqrt(squares);
    }
  }

  private final AdapterPlan plan;
  private final ExpertMixture mixture;
  private final double[] theta;
  private final int task;
  private final Norms norms;
  private final Map<String, List<double[]>> scores = new LinkedHashMap<>();

  /**
   * @param task the task of all rows
   */
  ExpertsOracle(AdapterPlan plan, double[] theta, int task) {
    this(plan, theta, new Norms(plan, theta, Map.of()), task);
  }

  /**
   * An oracle of DoRA's experts too.
   *
   * @param norms of the numbers that have no gradient
   * @param task the task of all rows
   */
  ExpertsOracle(AdapterPlan plan, double[] theta, Norms norms, int task) {
    this.norms = norms;
    this.plan = plan;
    this.mixture = plan.spec().mixture();
    this.theta = theta;
    this.task = task;
  }

  @Override
  public double[] gates(String first, double[] x) {
    return mixture.scope().routesBlocks() && plan.matched().at(first).isPresent()
        ? weights(first, x)
        : new double[0];
  }

  @Override
  public double[] added(String path, double[] x, int out, int expert) {
    double[] added = new double[out];
    Optional<MatchedModule> module = plan.matched().at(path);
    if (module.isEmpty()) {
      return added;
    }
    boolean part = mixture.scope() == ExpertMixture.Scope.BLOCK || expert != NONE;
    if (part) {
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
    String path = module.module().path() + "." + of;
    double[] u = times(path + "lora_A.weight", module.rank(), x);
    double[] y = times(path + "lora_B.weight", sum.length, u);
    double scale = module.scale();
    if (mixture.router() == Router.TASK_EMBEDDING) {
      scale /= mixture.experts();
    }
    for (int o = 0; o < sum.length; o++) {
      double turned = scale * y[o];
      if (mixture.kind() == Kind.DORA) {
        double[] row = norms.row(module.module().path(), o, sum.length, x.length);
        double product = 0;
        for (int i = 0; i < x.length; i++) {
          product += row[i] * x[i];
        }
        double stretch = theta[plan.layout().offsetOf(path + "lora_magnitude_vector") + o];
        stretch /= norms.of(path, row, o, module.rank(), scale);
        turned = stretch * (product + turned) - product;
      }
      sum[o] += gate * turned;
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
          case TOKEN -> times(path + "." + MoeLora.ROUTER, experts(path), x);
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

  /** How many rows a router has: the base of the tests has two layers. */
  private int experts(String path) {
    if (mixture.byLayer().isEmpty()) {
      return mixture.experts();
    }
    boolean lower = path.contains(".0.");
    return mixture.byLayer().get(lower ? 0 : mixture.byLayer().size() - 1);
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

  /**
   * What all routers that were asked add to the loss, balanced between groups of experts.
   *
   * @param offsets where the tokens of each sequence begin, and end
   * @param groups the group of each sequence
   */
  double groupedTerms(int[] offsets, int[] groups) {
    double sum = 0;
    for (List<double[]> ofRouter : scores.values()) {
      double[][] mass = new double[groups.length][mixture.experts()];
      for (int s = 0; s < groups.length; s++) {
        for (int t = offsets[s]; t < offsets[s + 1]; t++) {
          double[] p = softmax(ofRouter.get(t));
          for (int e = 0; e < p.length; e++) {
            mass[s][e] += p[e];
          }
        }
      }
      int[] ofExperts =
          mixture.groups().ofExperts(mixture.experts()).stream().mapToInt(it -> it).toArray();
      sum += mixture.balance() * grouped(mass, groups, ofExperts, mixture.groups().preference());
      sum += mixture.scores() * squares(ofRouter);
    }
    return sum / scores.size();
  }

  /** Variance over squared mean of {@code I·Q}, of the sample. */
  static double grouped(double[][] mass, int[] ofSequences, int[] ofExperts, double preference) {
    double[] weighed =
        IntStream.range(0, mass.length)
            .boxed()
            .flatMap(s -> IntStream.range(0, ofExperts.length).mapToObj(e -> new int[] {s, e}))
            .mapToDouble(
                it ->
                    mass[it[0]][it[1]]
                        * (ofSequences[it[0]] == ofExperts[it[1]]
                            ? 1 + preference
                            : 1 - preference))
            .toArray();
    double mean = Arrays.stream(weighed).average().orElseThrow();
    double squares = Arrays.stream(weighed).map(z -> (z - mean) * (z - mean)).sum();
    return squares / (weighed.length - 1) / (mean * mean);
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
