package dev.rankwise.jobs.stored;

import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.pipeline.evaluate.LanguageMetrics;
import java.util.Locale;

/**
 * Figures of a causal decoder as a terminal shows them.
 *
 * @param adapterOff the bare base
 * @param after the adapter on its base
 */
record PerplexityTable(LanguageMetrics adapterOff, LanguageMetrics after) {

  void tell(RunContext context) {
    context.say(
        String.format(
            Locale.ROOT, "%,d sequences, %,d targets", after.examples(), after.targets()));
    context.say("");
    context.say(String.format(Locale.ROOT, "%-16s %12s %12s", "", "adapter off", "after"));
    row(context, "perplexity", adapterOff.perplexity(), after.perplexity());
    row(context, "loss", adapterOff.meanLoss(), after.meanLoss());
    row(context, "token accuracy", adapterOff.tokenAccuracy(), after.tokenAccuracy());
    context.say("adapter off: the bare base; after: with the adapter");
  }

  private static void row(RunContext context, String name, double adapterOff, double after) {
    context.say(String.format(Locale.ROOT, "%-16s %,12.4f %,12.4f", name, adapterOff, after));
  }
}
