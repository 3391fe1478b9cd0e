package dev.rankwise.adapters.plan;

import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.spec.TensorStream;
import dev.rankwise.adapters.spec.TrainedRows;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModuleKind;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.network.TrainableTensor;
import java.util.Arrays;

/**
 * Where training starts.
 *
 * <p>Factors start as their method says, so that a fresh adapter leaves the base as it is. Rows of
 * a table and kept tensors start at the base's values; where the base has none (a new classifier, a
 * pooler that the file lacks) it starts as transformers would make it: weights from N(0, σ²) with
 * the base's {@code initializer_range} as σ, biases at 0, weights of norms at 1.
 *
 * <p>Each tensor's numbers depend on the seed and its full name alone.
 */
public final class InitialParameters {
  private InitialParameters() {}

  /**
   * The flat parameter vector of a new adapter, in the order of the plan's layout.
   *
   * @param seed the run's seed
   * @param base the base's weights under the names of the plan's module tree
   */
  public static float[] draw(long seed, AdapterPlan plan, BaseWeights base) {
    float[] values = new float[plan.layout().size()];
    for (Parameter parameter : plan.layout().parameters()) {
      TensorStream stream = new TensorStream(seed, parameter.tensor().name());
      float[] part =
          switch (parameter.role()) {
            case FACTOR_A, FACTOR_B, DIAGONAL, STRETCH, ROUTER ->
                factor(plan, parameter.tensor(), stream);
            case MAGNITUDE -> base.outputNorms(parameter.tensor().module() + ".weight");
            case BIAS_OF_B -> new float[parameter.tensor().size()];
            case ROWS -> rows(plan, parameter.tensor(), base);
            case KEPT -> kept(plan, parameter.tensor(), base, stream);
          };
      System.arraycopy(part, 0, values, parameter.offset(), parameter.tensor().size());
    }
    return values;
  }

  private static float[] factor(AdapterPlan plan, TrainableTensor tensor, TensorStream stream) {
    MatchedModule module =
        plan.matched()
            .at(tensor.module())
            .orElseThrow(() -> new InternalException("No adapted module at " + tensor.module()));
    AdapterSpec.Initialisation initialisation = plan.spec().initialisation();
    return plan.method().initial(module, tensor, initialisation, stream);
  }

  private static float[] rows(AdapterPlan plan, TrainableTensor tensor, BaseWeights base) {
    TrainedRows rows =
        plan.matched()
            .rowsOf(tensor.module())
            .orElseThrow(() -> new InternalException("No trained rows at " + tensor.module()));
    int size = rows.table().outFeatures();
    float[] table = base.floats(tensor.module() + ".weight");
    float[] values = new float[tensor.size()];
    for (int k = 0; k < rows.entries().size(); k++) {
      System.arraycopy(table, rows.entries().get(k) * size, values, k * size, size);
    }
    return values;
  }

  private static float[] kept(
      AdapterPlan plan, TrainableTensor tensor, BaseWeights base, TensorStream stream) {
    if (base.has(tensor.name())) {
      return base.floats(tensor.name());
    }
    return fresh(plan.matched().tree(), tensor, stream);
  }

  /** What a weight starts as that no file holds. */
  static float[] fresh(ModuleTree tree, TrainableTensor tensor, TensorStream stream) {
    if (tensor.tensor().equals("bias")) {
      return new float[tensor.size()];
    }
    if (tree.module(tensor.module()).kind() == ModuleKind.NORM) {
      float[] ones = new float[tensor.size()];
      Arrays.fill(ones, 1);
      return ones;
    }
    return stream.normal(tensor.size(), tree.config().initializerRange());
  }
}
