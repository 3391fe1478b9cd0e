package dev.rankwise.adapters.spec;

import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.config.ModuleTree;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a configuration comes to on a base.
 *
 * @param tree the base's modules
 * @param adapted modules that are adapted, in the tree's order
 * @param kept paths of the modules that are trained in full, in the tree's order
 * @param biases paths of the modules whose own bias is trained, in the tree's order
 * @param rows rows of tables that are trained
 * @param targets the targets as they are written into the adapter's configuration
 */
public record MatchedModules(
    ModuleTree tree,
    List<MatchedModule> adapted,
    List<String> kept,
    List<String> biases,
    List<TrainedRows> rows,
    ModuleChoice targets) {

  public MatchedModules {
    adapted = List.copyOf(adapted);
    kept = List.copyOf(kept);
    biases = List.copyOf(biases);
    rows = List.copyOf(rows);
  }

  /** The adapted module at that path. */
  public Optional<MatchedModule> at(String path) {
    return adapted.stream().filter(matched -> matched.module().path().equals(path)).findFirst();
  }

  /** Whether the tensor's module lies at or under a module that is trained in full. */
  public boolean keeps(String path) {
    return kept.stream().anyMatch(module -> path.equals(module) || path.startsWith(module + "."));
  }

  /** The rows that are trained of the table at that path. */
  public Optional<TrainedRows> rowsOf(String path) {
    return rows.stream().filter(trained -> trained.table().path().equals(path)).findFirst();
  }

  /**
   * The rows that are trained of the weight that the output embedding at that path shares with the
   * token table; empty if there are none, or no such embedding is there.
   */
  public Optional<TrainedRows> rowsSharedWith(String path) {
    if (!tree.config().tiedEmbeddings() || !tree.isOutputEmbedding(path)) {
      return Optional.empty();
    }
    return rows.stream()
        .filter(trained -> tree.isTokenEmbedding(trained.table().path()))
        .findFirst();
  }

  /** Those of a projection group that are adapted, by path. */
  public Map<String, MatchedModule> among(List<ModuleShape> group) {
    Map<String, MatchedModule> found = new LinkedHashMap<>();
    group.forEach(module -> at(module.path()).ifPresent(m -> found.put(module.path(), m)));
    return found;
  }
}
