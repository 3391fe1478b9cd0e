package dev.rankwise.jobs.analyze;

import dev.rankwise.adapters.analysis.ModulePlace;
import dev.rankwise.adapters.analysis.VectorAxis;
import dev.rankwise.adapters.analysis.WeightChange;

/**
 * How far one weight had moved at one moment.
 *
 * @param path the module's
 * @param moment {@value #END}, or the step of a checkpoint: {@code step 50}
 * @param rows by the vectors of its outputs
 * @param columns by those of its inputs
 */
record ChangePoint(String path, String moment, WeightChange rows, WeightChange columns) {
  static final String END = "end";

  ModulePlace place() {
    return ModulePlace.of(path);
  }

  WeightChange by(VectorAxis axis) {
    return axis == VectorAxis.ROWS ? rows : columns;
  }

  boolean isLike(ChangePoint other) {
    return path.equals(other.path) && rows.equals(other.rows) && columns.equals(other.columns);
  }
}
