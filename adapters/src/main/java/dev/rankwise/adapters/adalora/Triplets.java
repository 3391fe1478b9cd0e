package dev.rankwise.adapters.adalora;

import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.MatchedModules;
import dev.rankwise.adapters.spec.ParameterLayout;
import dev.rankwise.models.config.ModuleShape;
import java.util.Comparator;
import java.util.List;

/**
 * Where the triplets of one module lie in the flat parameter vector.
 *
 * @param path the module's path
 * @param rank number of triplets
 * @param in size of a row of Q
 * @param out size of a column of P
 * @param q offset of Q, (rank, in)
 * @param p offset of P, (out, rank)
 * @param lambda offset of Λ, (rank)
 */
public record Triplets(String path, int rank, int in, int out, int q, int p, int lambda) {

  /** Those of all adapted modules, by path. */
  public static List<Triplets> of(MatchedModules matched, ParameterLayout layout) {
    return matched.adapted().stream()
        .map(module -> of(module, layout))
        .sorted(Comparator.comparing(Triplets::path))
        .toList();
  }

  private static Triplets of(MatchedModule module, ParameterLayout layout) {
    ModuleShape shape = module.module();
    return new Triplets(
        shape.path(),
        module.rank(),
        shape.inFeatures(),
        shape.outFeatures(),
        layout.offsetOf(shape.path() + "." + AdaLora.A),
        layout.offsetOf(shape.path() + "." + AdaLora.B),
        layout.offsetOf(shape.path() + "." + AdaLora.E));
  }
}
