package dev.rankwise.jobs.analyze;

import java.util.List;

/**
 * All that page and numbers tell.
 *
 * @param base name of what all models were tuned from
 * @param baseSha256 its hash
 * @param models at least one
 * @param pairs any two of the models that tuned the same modules
 */
record AnalysisReport(
    String base, String baseSha256, List<ModelAnalysis> models, List<PairAnalysis> pairs) {

  AnalysisReport {
    models = List.copyOf(models);
    pairs = List.copyOf(pairs);
  }
}
