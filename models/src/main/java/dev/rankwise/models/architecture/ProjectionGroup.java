package dev.rankwise.models.architecture;

import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.config.ModuleTree;
import java.util.List;
import java.util.stream.Stream;

/**
 * The projections that read one input, computed as one matrix: the unit of adaptation. A table of
 * vectors, which is a product with a row of zeros and one 1, is a group of its own.
 *
 * @param placeholder name under which the segment's kernel text calls the group
 * @param projections linear modules, in the order in which their outputs lie side by side; or one
 *     embedding
 */
public record ProjectionGroup(String placeholder, List<ModuleShape> projections) {

  public ProjectionGroup {
    projections = List.copyOf(projections);
  }

  /**
   * The group of some modules.
   *
   * @param path what comes before their names
   */
  static ProjectionGroup of(ModuleTree modules, String placeholder, String path, String... names) {
    return new ProjectionGroup(
        placeholder, Stream.of(names).map(name -> modules.module(path + name)).toList());
  }
}
