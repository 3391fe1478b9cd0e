package dev.rankwise.adapters.analysis;

import dev.rankwise.adapters.svd.DenseSvd;
import dev.rankwise.adapters.svd.Svd;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.config.ModuleTree;
import java.util.List;

/**
 * The weights of a whole model, as full tuning and merging leave one.
 *
 * @param tree the model's modules
 * @param weights its weights under their names; they stay the caller's
 */
public record WholeWeights(ModuleTree tree, BaseWeights weights) implements TunedWeights {

  /** All linear modules but an output embedding: that is a table, which tuning rarely turns. */
  @Override
  public List<ModuleShape> modules() {
    return tree.modules().stream()
        .filter(module -> module.isLinear() && !tree.isOutputEmbedding(module.path()))
        .filter(module -> weights.has(module.path() + ".weight"))
        .toList();
  }

  @Override
  public float[] tuned(ModuleShape module, float[] frozen) {
    return weights.outputFirst(module.path() + ".weight");
  }

  @Override
  public Svd svd(ModuleShape module, float[] frozen, float[] tuned, int most) {
    return DenseSvd.of(difference(frozen, tuned), module.outFeatures(), module.inFeatures(), most);
  }

  static float[] difference(float[] frozen, float[] tuned) {
    float[] difference = new float[frozen.length];
    for (int i = 0; i < difference.length; i++) {
      difference[i] = tuned[i] - frozen[i];
    }
    return difference;
  }
}
