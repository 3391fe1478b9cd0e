package dev.rankwise.models.architecture;

import dev.rankwise.models.config.ModuleShape;
import java.util.List;

/**
 * The projections that read one input, computed as one matrix: the unit of adaptation.
 *
 * @param placeholder name under which the segment's kernel text calls the group
 * @param projections linear modules, in the order in which their outputs lie side by side
 */
public record ProjectionGroup(String placeholder, List<ModuleShape> projections) {

  public ProjectionGroup {
    projections = List.copyOf(projections);
  }
}
