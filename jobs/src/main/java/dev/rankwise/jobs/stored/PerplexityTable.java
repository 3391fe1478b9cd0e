package dev.rankwise.jobs.stored;

import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.pipeline.evaluate.LanguageMetrics;
import java.util.Locale;

/**
 * Figures of a causal decoder as a terminal shows them.
 *
 * @param figures side by side
 */
record PerplexityTable(FigureColumns<LanguageMetrics> figures) {

  void tell(RunContext context) {
    LanguageMetrics tuned = figures.tuned();
    context.say(
        String.format(
            Locale.ROOT, "%,d sequences, %,d targets", tuned.examples(), tuned.targets()));
    context.say("");
    figures.tellHeading(context);
    figures.tellRow(context, "perplexity", LanguageMetrics::perplexity);
    figures.tellRow(context, "loss", LanguageMetrics::meanLoss);
    figures.tellRow(context, "token accuracy", LanguageMetrics::tokenAccuracy);
    figures.tellLegend(context, "the bare base");
  }
}
