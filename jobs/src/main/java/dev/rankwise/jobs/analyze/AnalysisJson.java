package dev.rankwise.jobs.analyze;

import dev.rankwise.adapters.analysis.ModulePlace;
import dev.rankwise.adapters.analysis.VectorAxis;
import dev.rankwise.adapters.analysis.WeightChange;
import dev.rankwise.adapters.analysis.WeightUpdate;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** The numbers of an analysis; those of the golden values under the same names. */
final class AnalysisJson {
  /** Of the sum of squared singular values, what {@code rank_holding_90_percent} holds. */
  private static final double MOST = 0.9;

  private AnalysisJson() {}

  static Map<String, Object> of(AnalysisReport report) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("base", report.base());
    fields.put("base_sha256", report.baseSha256());
    fields.put("models", report.models().stream().map(AnalysisJson::model).toList());
    fields.put("pairs", report.pairs().stream().map(AnalysisJson::pair).toList());
    return fields;
  }

  private static Map<String, Object> model(ModelAnalysis model) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("name", model.name());
    fields.put("method", model.method());
    fields.put("pearson_direction_magnitude", correlations(model.points()));
    Map<String, Object> byProjection = new LinkedHashMap<>();
    for (String projection : model.projections()) {
      byProjection.put(projection, correlations(model.points(projection)));
    }
    fields.put("pearson_direction_magnitude_by_projection", byProjection);
    fields.put("points", model.points().stream().map(AnalysisJson::point).toList());
    fields.put("updates", model.updates().stream().map(AnalysisJson::update).toList());
    return fields;
  }

  private static Map<String, Object> correlations(List<ChangePoint> points) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (VectorAxis axis : VectorAxis.values()) {
      OptionalDouble correlation = ModelAnalysis.correlation(points, axis);
      fields.put(
          axis.name().toLowerCase(Locale.ROOT),
          correlation.isPresent() ? correlation.getAsDouble() : null);
    }
    return fields;
  }

  private static Map<String, Object> point(ChangePoint point) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("matrix", point.path());
    fields.put("moment", point.moment());
    fields.put("rows", change(point.rows()));
    fields.put("columns", change(point.columns()));
    return fields;
  }

  private static Map<String, Object> change(WeightChange change) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("delta_direction", change.direction());
    fields.put("delta_magnitude", change.magnitude());
    return fields;
  }

  private static Map<String, Object> update(WeightUpdate update) {
    ModulePlace place = ModelAnalysis.place(update);
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("matrix", update.module().path());
    fields.put("layer", place.layer().isPresent() ? place.layer().getAsInt() : null);
    fields.put("projection", place.projection());
    fields.put("relative_norm", update.relativeNorm());
    fields.put("effective_rank", update.spectrum().effectiveRank());
    fields.put("rank_holding_90_percent", update.spectrum().rankHolding(MOST));
    fields.put("singular_values", Arrays.stream(update.spectrum().values()).boxed().toList());
    return fields;
  }

  private static Map<String, Object> pair(PairAnalysis pair) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("one", pair.one());
    fields.put("other", pair.other());
    for (PairAnalysis.Side side : PairAnalysis.Side.values()) {
      fields.put("mean_" + side.name().toLowerCase(Locale.ROOT), pair.mean(side));
    }
    fields.put(
        "modules",
        pair.modules().stream()
            .map(
                shared -> {
                  Map<String, Object> module = new LinkedHashMap<>();
                  module.put("matrix", shared.path());
                  module.put("inputs", shared.inputs());
                  module.put("outputs", shared.outputs());
                  return module;
                })
            .toList());
    return fields;
  }
}
