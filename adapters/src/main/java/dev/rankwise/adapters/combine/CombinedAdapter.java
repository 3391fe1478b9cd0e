package dev.rankwise.adapters.combine;

import dev.rankwise.adapters.lora.Lora;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.spec.TrainedBeside;
import dev.rankwise.adapters.spec.VisionChoice;
import dev.rankwise.adapters.svd.ProductSvd;
import dev.rankwise.adapters.svd.Svd;
import dev.rankwise.models.failure.UserInputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Several LoRA adapters of one base as one LoRA adapter with α = r, so scale 1; the combinations of
 * PEFT's {@code add_weighted_adapter}. A module that only some of them adapt takes part with these.
 *
 * <p>Refused is what has no such sum: DoRA and other methods, modules trained in full, biases and
 * rows of tables.
 */
public final class CombinedAdapter {
  private final List<Adapter> adapters;
  private final CombinationSettings settings;
  private final FactorSum factors;
  private final AdapterPlan plan;

  private CombinedAdapter(List<Adapter> adapters, CombinationSettings settings, DropMasks masks) {
    this.adapters = adapters;
    this.settings = settings;
    this.factors = new FactorSum(settings, masks);
    this.plan = AdapterPlan.of(adapters.get(0).plan().base(), spec());
  }

  /**
   * Combines.
   *
   * @param adapters adapters of one base, at least one
   * @throws UserInputException with all that stands in the way
   */
  public static Adapter of(List<Adapter> adapters, CombinationSettings settings) {
    return of(adapters, settings, DropMasks.drawn(settings.seed(), settings.density()));
  }

  static Adapter of(List<Adapter> adapters, CombinationSettings settings, DropMasks masks) {
    List<String> problems = new ArrayList<>();
    if (adapters.isEmpty() || adapters.size() != settings.weights().size()) {
      problems.add(
          "Invalid weights: %s for %s adapters (each needs one)"
              .formatted(settings.weights(), adapters.size()));
    }
    for (int i = 0; i < adapters.size(); i++) {
      problems.addAll(problems(i + 1, adapters.get(i).plan()));
    }
    if (problems.isEmpty() && settings.combination().addsFactors()) {
      problems.addAll(unequalRanks(adapters));
    }
    if (!problems.isEmpty()) {
      throw new UserInputException(String.join("; ", problems));
    }
    return new CombinedAdapter(List.copyOf(adapters), settings, masks).combined();
  }

  private static List<String> problems(int number, AdapterPlan plan) {
    List<String> problems = new ArrayList<>();
    if (!(plan.method() instanceof Lora)) {
      problems.add(
          "Cannot combine adapter %s of method %s (only the updates of lora add up); merge it into a base"
              .formatted(number, plan.method().name()));
    }
    Set<String> others = new LinkedHashSet<>();
    for (Parameter parameter : plan.layout().parameters()) {
      switch (parameter.role()) {
        case KEPT, ROWS, BIAS_OF_B -> others.add(parameter.tensor().module());
        case FACTOR_A, FACTOR_B, DIAGONAL, MAGNITUDE, STRETCH, ROUTER -> {
          // A factor, or the method was refused.
        }
      }
    }
    if (!others.isEmpty()) {
      problems.add(
          ("Cannot combine adapter %s: it trains more of %s than two factors (a sum of them would be"
                  + " nobody's); combine adapters without kept modules, biases and token rows")
              .formatted(number, String.join(", ", others)));
    }
    return problems;
  }

  private static List<String> unequalRanks(List<Adapter> adapters) {
    List<String> problems = new ArrayList<>();
    int rank = adapters.get(0).plan().matched().adapted().get(0).rank();
    for (Adapter adapter : adapters) {
      for (MatchedModule module : adapter.plan().matched().adapted()) {
        if (module.rank() != rank && problems.isEmpty()) {
          problems.add(
              ("Cannot add factors of ranks %s and %s (%s; they must be alike); use cat or svd,"
                      + " which take any")
                  .formatted(rank, module.rank(), module.module().path()));
        }
      }
    }
    return problems;
  }

  private AdapterSpec spec() {
    AdapterSpec first = adapters.get(0).plan().spec();
    Set<String> paths = new LinkedHashSet<>();
    for (Adapter adapter : adapters) {
      adapter.plan().matched().adapted().forEach(module -> paths.add(module.module().path()));
    }
    int rank = rank();
    return new AdapterSpec(
        new Lora().name(),
        rank,
        rank,
        first.dropout(),
        AdapterSpec.Scaling.BY_RANK,
        first.initialisation(),
        ModuleChoice.of(List.copyOf(paths)),
        ModuleChoice.unset(),
        List.of(),
        List.of(),
        Map.of(),
        Map.of(),
        List.of(),
        TrainedBeside.nothing(),
        first.taskType(),
        first.autoMapping(),
        first.allocation(),
        first.mixture(),
        Map.of(),
        VisionChoice.none());
  }

  private int rank() {
    List<Integer> ranks =
        adapters.stream()
            .map(
                adapter ->
                    adapter.plan().matched().adapted().stream()
                        .mapToInt(MatchedModule::rank)
                        .max()
                        .orElseThrow())
            .toList();
    int largest = ranks.stream().mapToInt(Integer::intValue).max().orElseThrow();
    return switch (settings.combination()) {
      case CAT -> ranks.stream().reduce(0, Math::addExact);
      case SVD -> settings.rank().orElse(largest);
      default -> largest;
    };
  }

  private Adapter combined() {
    float[] values = new float[plan.layout().size()];
    for (MatchedModule module : plan.matched().adapted()) {
      String path = module.module().path();
      List<Integer> having = new ArrayList<>();
      for (int i = 0; i < adapters.size(); i++) {
        if (adapters.get(i).plan().matched().at(path).isPresent()) {
          having.add(i);
        }
      }
      Factors made =
          settings.combination().addsFactors()
              ? added(path, having)
              : side(path, having, module.rank());
      put(values, path, Parameter.Role.FACTOR_A, made.a());
      put(values, path, Parameter.Role.FACTOR_B, made.b());
    }
    return new Adapter(plan, values);
  }

  /** A (r, in) and B (out, r), row-major. */
  private record Factors(float[] a, float[] b) {}

  /** One side alone carries the sign. */
  private Factors added(String path, List<Integer> having) {
    List<Double> ofA = new ArrayList<>();
    List<Double> ofB = new ArrayList<>();
    List<float[]> a = new ArrayList<>();
    List<float[]> b = new ArrayList<>();
    for (int i : having) {
      double weight = settings.weights().get(i) * scale(i, path);
      ofB.add(Math.sqrt(Math.abs(weight)));
      ofA.add(Math.copySign(Math.sqrt(Math.abs(weight)), weight));
      a.add(factor(i, path, Parameter.Role.FACTOR_A));
      b.add(factor(i, path, Parameter.Role.FACTOR_B));
    }
    return new Factors(
        factors.of(name(path, Parameter.Role.FACTOR_A), a, having, ofA),
        factors.of(name(path, Parameter.Role.FACTOR_B), b, having, ofB));
  }

  /** The factors side by side, cut to {@code rank} where that is asked. */
  private Factors side(String path, List<Integer> having, int rank) {
    List<double[]> rows = new ArrayList<>();
    List<double[]> columns = new ArrayList<>();
    for (int i : having) {
      int own = adapters.get(i).plan().matched().at(path).orElseThrow().rank();
      float[] a = factor(i, path, Parameter.Role.FACTOR_A);
      float[] b = factor(i, path, Parameter.Role.FACTOR_B);
      double weight = settings.weights().get(i) * scale(i, path);
      for (int k = 0; k < own; k++) {
        double[] row = new double[a.length / own];
        double[] column = new double[b.length / own];
        int place = k;
        Arrays.setAll(row, in -> weight * a[place * row.length + in]);
        Arrays.setAll(column, out -> b[out * own + place]);
        rows.add(row);
        columns.add(column);
      }
    }
    if (settings.combination() == Combination.SVD) {
      Svd svd = ProductSvd.of(columns.toArray(double[][]::new), rows.toArray(double[][]::new));
      rows = Arrays.asList(svd.right());
      columns = new ArrayList<>();
      for (int k = 0; k < svd.values().length; k++) {
        double value = svd.values()[k];
        columns.add(Arrays.stream(svd.left()[k]).map(number -> value * number).toArray());
      }
    }
    return rounded(rows, columns, rank);
  }

  /** In float32, with zeros for what there is no factor for. */
  private static Factors rounded(List<double[]> rows, List<double[]> columns, int rank) {
    int in = rows.get(0).length;
    int out = columns.get(0).length;
    float[] a = new float[rank * in];
    float[] b = new float[out * rank];
    for (int k = 0; k < Math.min(rank, rows.size()); k++) {
      for (int i = 0; i < in; i++) {
        a[k * in + i] = (float) rows.get(k)[i];
      }
      for (int o = 0; o < out; o++) {
        b[o * rank + k] = (float) columns.get(k)[o];
      }
    }
    return new Factors(a, b);
  }

  private double scale(int adapter, String path) {
    return adapters.get(adapter).plan().matched().at(path).orElseThrow().scale();
  }

  private float[] factor(int adapter, String path, Parameter.Role role) {
    return adapters.get(adapter).values(parameter(adapters.get(adapter).plan(), path, role));
  }

  private String name(String path, Parameter.Role role) {
    return parameter(plan, path, role).tensor().name();
  }

  private void put(float[] values, String path, Parameter.Role role, float[] factor) {
    System.arraycopy(factor, 0, values, parameter(plan, path, role).offset(), factor.length);
  }

  private static Parameter parameter(AdapterPlan plan, String path, Parameter.Role role) {
    return plan.layout().parameters().stream()
        .filter(parameter -> parameter.role() == role && parameter.tensor().module().equals(path))
        .findFirst()
        .orElseThrow();
  }
}
