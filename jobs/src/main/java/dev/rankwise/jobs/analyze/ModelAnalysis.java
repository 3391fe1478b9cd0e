package dev.rankwise.jobs.analyze;

import dev.rankwise.adapters.analysis.ChangeCorrelation;
import dev.rankwise.adapters.analysis.ModulePlace;
import dev.rankwise.adapters.analysis.VectorAxis;
import dev.rankwise.adapters.analysis.WeightUpdate;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * What tuning did in one model.
 *
 * @param name how page and numbers call it
 * @param method how it was tuned, in a few words: {@code lora, rank 8, alpha 16}
 * @param updates of its weights, in the order of the base's module tree, at least one
 * @param points how far each had moved, by moment, the end last
 */
record ModelAnalysis(
    String name, String method, List<WeightUpdate> updates, List<ChangePoint> points) {

  private static final int FEWEST_POINTS = 3;

  ModelAnalysis {
    updates = List.copyOf(updates);
    points = List.copyOf(points);
  }

  /** What modules are within their layer, each once, in order. */
  Set<String> projections() {
    Set<String> projections = new LinkedHashSet<>();
    updates.forEach(update -> projections.add(place(update).projection()));
    return projections;
  }

  List<WeightUpdate> updates(String projection) {
    return updates.stream().filter(it -> place(it).projection().equals(projection)).toList();
  }

  List<ChangePoint> points(String projection) {
    return points.stream().filter(it -> it.place().projection().equals(projection)).toList();
  }

  static ModulePlace place(WeightUpdate update) {
    return ModulePlace.of(update.module().path());
  }

  /**
   * Correlation of ΔD and ΔM over some of the points; empty of fewer than three, since two lie on a
   * line whatever they are.
   */
  static OptionalDouble correlation(List<ChangePoint> points, VectorAxis axis) {
    if (points.size() < FEWEST_POINTS) {
      return OptionalDouble.empty();
    }
    return ChangeCorrelation.of(points.stream().map(point -> point.by(axis)).toList());
  }
}
