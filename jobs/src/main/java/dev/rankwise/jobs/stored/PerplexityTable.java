package dev.rankwise.jobs.stored;

import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.models.text.CountText;
import dev.rankwise.pipeline.evaluate.LanguageMetrics;

/**
 * Figures of a causal decoder as a terminal shows them.
 *
 * @param figures side by side
 */
record PerplexityTable(FigureColumns<LanguageMetrics> figures) {

  void tell(RunContext context) {
    LanguageMetrics tuned = figures.tuned();
    context.say(
        CountText.of(tuned.examples(), "sequence")
            + ", "
            + CountText.of(tuned.targets(), "target"));
    context.say("");
    figures.tellHeading(context);
    figures.tellRow(context, "perplexity", LanguageMetrics::perplexity);
    figures.tellRow(context, "loss", LanguageMetrics::meanLoss);
    figures.tellRow(context, "token accuracy", LanguageMetrics::tokenAccuracy);
    figures.tellRow(context, "exact match", LanguageMetrics::exactMatch);
    if (!tuned.tasks().isEmpty()) {
      context.say("perplexity by task");
      for (String task : tuned.tasks().keySet()) {
        figures.tellRow(context, task, metrics -> metrics.tasks().get(task).perplexity());
      }
    }
    figures.tellLegend(context, "the bare base");
  }
}
