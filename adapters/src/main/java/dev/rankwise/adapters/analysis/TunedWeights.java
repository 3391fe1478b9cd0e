package dev.rankwise.adapters.analysis;

import dev.rankwise.adapters.svd.Svd;
import dev.rankwise.models.config.ModuleShape;
import java.util.List;

/** The linear weights of a base as tuning left them. */
public interface TunedWeights {

  /** The modules whose weights were tuned, in the order of the base's module tree. */
  List<ModuleShape> modules();

  /**
   * A tuned weight.
   *
   * @param frozen the base's weight as products read it, (out, in) row-major
   * @return the tuned one, likewise
   */
  float[] tuned(ModuleShape module, float[] frozen);

  /**
   * The singular values of an update, and its vectors of the largest.
   *
   * @param frozen the base's weight, (out, in) row-major
   * @param tuned the tuned one, likewise
   * @param most how many vectors of each side at most
   */
  Svd svd(ModuleShape module, float[] frozen, float[] tuned, int most);
}
