package dev.rankwise.jobs.stored;

import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.pipeline.evaluate.Metrics;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Figures of a tuned model, and of what it is compared with, side by side on a terminal.
 *
 * @param models figures by the names of {@link ComparedModels}, the tuned model's last
 * @param <M> kind of figures
 */
record FigureColumns<M extends Metrics>(Map<String, M> models) {
  private static final String NAME = "%-16s";

  /** The tuned model's. */
  M tuned() {
    List<M> all = new ArrayList<>(models.values());
    return all.get(all.size() - 1);
  }

  void tellHeading(RunContext context) {
    StringBuilder line = new StringBuilder(String.format(Locale.ROOT, NAME, ""));
    for (String name : models.keySet()) {
      line.append(String.format(Locale.ROOT, " %12s", name.replace('_', ' ')));
    }
    context.say(line.toString());
  }

  void tellRow(RunContext context, String name, ToDoubleFunction<M> figure) {
    StringBuilder line = new StringBuilder(String.format(Locale.ROOT, NAME, name));
    for (M figures : models.values()) {
      line.append(String.format(Locale.ROOT, " %,12.4f", figure.applyAsDouble(figures)));
    }
    context.say(line.toString());
  }

  /**
   * Says what the columns are.
   *
   * @param adapterOff what is measured with the adapter off
   */
  void tellLegend(RunContext context, String adapterOff) {
    if (models.containsKey(ComparedModels.ADAPTER_OFF)) {
      context.say("adapter off: %s; after: with the adapter".formatted(adapterOff));
    } else if (models.containsKey(ComparedModels.BEFORE)) {
      context.say("before: the base that it was tuned from; after: the whole model");
    } else {
      context.say("after: the whole model");
    }
  }
}
