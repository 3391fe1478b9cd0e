package dev.rankwise.adapters.analysis;

import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.svd.DenseSvd;
import dev.rankwise.adapters.svd.ProductSvd;
import dev.rankwise.adapters.svd.Svd;
import dev.rankwise.models.config.ModuleKind;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.format.RowMajor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The weights that an adapter makes of its base's: those of adapted linear modules, or, where it
 * adapts none, of those that are trained in full. Tables are left out.
 */
public final class AdapterWeights implements TunedWeights {
  private final Adapter adapter;
  private final List<ModuleShape> modules;

  /**
   * The weights of an adapter.
   *
   * @throws dev.rankwise.models.failure.UserInputException if it means no one weight for each
   *     module
   */
  public AdapterWeights(Adapter adapter) {
    adapter.plan().method().requireMergeable();
    this.adapter = adapter;
    boolean adapts = !adapter.plan().matched().adapted().isEmpty();
    this.modules =
        adapter.plan().matched().tree().modules().stream()
            .filter(ModuleShape::isLinear)
            .filter(module -> adapts ? adapted(module).isPresent() : kept(module).isPresent())
            .toList();
  }

  @Override
  public List<ModuleShape> modules() {
    return modules;
  }

  @Override
  public float[] tuned(ModuleShape module, float[] frozen) {
    Optional<MatchedModule> adapted = adapted(module);
    if (adapted.isEmpty()) {
      return kept(module).map(weight -> outputFirst(module, weight)).orElseThrow();
    }
    float[] tuned = frozen.clone();
    adapter
        .plan()
        .method()
        .merge(adapted.get(), adapter.values(adapted.get()), tuned, 0, module.outFeatures());
    return tuned;
  }

  /** Two factors are decomposed as they are; their product is rounded nowhere. */
  @Override
  public Svd svd(ModuleShape module, float[] frozen, float[] tuned, int most) {
    Optional<Svd> ofFactors = adapted(module).flatMap(this::ofFactors);
    if (ofFactors.isEmpty()) {
      float[] update = WholeWeights.difference(frozen, tuned);
      return DenseSvd.of(update, module.outFeatures(), module.inFeatures(), most);
    }
    Svd whole = ofFactors.get();
    int kept = Math.min(most, whole.left().length);
    return new Svd(
        whole.values(), Arrays.copyOf(whole.left(), kept), Arrays.copyOf(whole.right(), kept));
  }

  /** Of {@code s·B·Λ·A}; empty where the update is not such a product alone. */
  private Optional<Svd> ofFactors(MatchedModule module) {
    Map<Parameter.Role, float[]> factors = new EnumMap<>(Parameter.Role.class);
    for (Parameter parameter : adapter.plan().layout().parameters()) {
      if (parameter.tensor().module().equals(module.module().path())) {
        factors.put(parameter.role(), adapter.values(parameter));
      }
    }
    factors.remove(Parameter.Role.KEPT);
    factors.remove(Parameter.Role.BIAS_OF_B);
    float[] diagonal = factors.remove(Parameter.Role.DIAGONAL);
    float[] a = factors.remove(Parameter.Role.FACTOR_A);
    float[] b = factors.remove(Parameter.Role.FACTOR_B);
    if (a == null || b == null || !factors.isEmpty()) {
      return Optional.empty();
    }
    int in = module.module().inFeatures();
    int rank = a.length / in;
    if (rank == 0) {
      return Optional.of(new Svd(new double[0], new double[0][], new double[0][]));
    }
    List<double[]> rows = new ArrayList<>();
    List<double[]> columns = new ArrayList<>();
    for (int k = 0; k < rank; k++) {
      int place = k;
      double scale = module.scale() * (diagonal == null ? 1 : diagonal[k]);
      double[] row = new double[in];
      Arrays.setAll(row, i -> a[place * in + i]);
      double[] column = new double[module.module().outFeatures()];
      Arrays.setAll(column, o -> scale * b[o * rank + place]);
      rows.add(row);
      columns.add(column);
    }
    return Optional.of(
        ProductSvd.of(columns.toArray(double[][]::new), rows.toArray(double[][]::new)));
  }

  private Optional<MatchedModule> adapted(ModuleShape module) {
    return adapter.plan().matched().at(module.path());
  }

  private Optional<float[]> kept(ModuleShape module) {
    return adapter.plan().layout().parameters().stream()
        .filter(parameter -> parameter.role() == Parameter.Role.KEPT)
        .filter(parameter -> parameter.tensor().name().equals(module.path() + ".weight"))
        .map(adapter::values)
        .findFirst();
  }

  private static float[] outputFirst(ModuleShape module, float[] weight) {
    return module.kind() == ModuleKind.CONV1D
        ? RowMajor.transposed(weight, module.inFeatures(), module.outFeatures())
        : weight;
  }
}
