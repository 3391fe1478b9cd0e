package dev.rankwise.jobs.report;

import dev.rankwise.jobs.chart.BarStrip;
import dev.rankwise.jobs.chart.Markup;
import dev.rankwise.jobs.chart.NumberText;
import dev.rankwise.jobs.page.SectionFrame;
import dev.rankwise.pipeline.evaluate.LanguageMetrics;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The result of a causal decoder: how well it foresees the tokens of held-out rows. */
final class PerplexityPart {
  private static final int BAR = 22;
  private static final int LETTERS = 240;

  private PerplexityPart() {}

  /** Writes the part; at least one model was evaluated. */
  static void write(Markup page, Map<EvaluatedModel, LanguageMetrics> models) {
    page.element("p", sentence(models), "class", "verdict").line();
    SectionFrame.openTable(
        page, "bars", "Perplexity of", "On held-out sequences; shorter is better", "");
    double most =
        models.values().stream().mapToDouble(LanguageMetrics::perplexity).max().orElseThrow();
    models.forEach((model, metrics) -> row(page, model, metrics, most));
    SectionFrame.closeTable(page);
    page.element(
            "p",
            "Perplexity says among how many equally likely tokens a model is as unsure as it is of"
                + " the next one; 1 would be certainty. The bars begin at 0.",
            "class",
            "note")
        .line();
  }

  private static String sentence(Map<EvaluatedModel, LanguageMetrics> models) {
    LanguageMetrics main = RunReport.main(models).orElseThrow();
    String where = "On %s tokens of held-out rows".formatted(NumberText.count(main.targets()));
    Optional<LanguageMetrics> base = Optional.ofNullable(models.get(EvaluatedModel.FROZEN_BASE));
    Optional<LanguageMetrics> tuned = Optional.ofNullable(models.get(EvaluatedModel.ADAPTER));
    if (base.isEmpty() || tuned.isEmpty()) {
      return "%s the %s has a perplexity of %s."
          .formatted(where, tuned.isEmpty() ? "base alone" : "tuned model", perplexity(main));
    }
    Optional<LanguageMetrics> first = Optional.ofNullable(models.get(EvaluatedModel.FIRST_ADAPTER));
    double before = first.orElse(base.get()).perplexity();
    double after = tuned.get().perplexity();
    String verdict =
        after < before ? "better" : after > before ? "worse" : "neither better nor worse";
    String began =
        first
            .map(
                it ->
                    ", and with the first adapter, where training began, one of " + perplexity(it))
            .orElse("");
    return ("%s the tuned model has a perplexity of %s, the base alone one of %s%s. Tuning made it"
            + " %s.")
        .formatted(where, perplexity(tuned.get()), perplexity(base.get()), began, verdict);
  }

  private static void row(Markup page, EvaluatedModel model, LanguageMetrics metrics, double most) {
    double length = most > 0 && Double.isFinite(most) ? metrics.perplexity() / most : 1;
    SectionFrame.barRow(
        page,
        model.legend().label(),
        model.ofDecoder(),
        new BarStrip(BAR).lane(model.legend().bar(length, perplexity(metrics))),
        perplexity(metrics));
  }

  private static String perplexity(LanguageMetrics metrics) {
    return NumberText.plain(SectionFrame.rounded(metrics.perplexity()));
  }

  /** The figures as a table, for those who want more than one. */
  static void table(Markup page, Map<EvaluatedModel, LanguageMetrics> models) {
    SectionFrame.openTable(
        page,
        "figures",
        "Model",
        "Perplexity",
        "Loss",
        "Token accuracy",
        "Exact match",
        "Targets",
        "Sequences");
    models.forEach(
        (model, metrics) -> {
          page.open("tr").open("th", "scope", "row");
          model.legend().draw(page);
          page.close();
          SectionFrame.number(page, perplexity(metrics));
          SectionFrame.number(page, NumberText.plain(SectionFrame.rounded(metrics.meanLoss())));
          SectionFrame.number(page, NumberText.percent(metrics.tokenAccuracy()));
          SectionFrame.number(page, NumberText.percent(metrics.exactMatch()));
          SectionFrame.number(page, NumberText.count(metrics.targets()));
          SectionFrame.number(page, NumberText.count(metrics.examples()));
          page.close().line();
        });
    SectionFrame.closeTable(page);
    page.element(
            "p",
            "Loss is the mean surprise at the right token, in nats; perplexity is its exponential."
                + " Token accuracy is the share of tokens that were the model's first guess, exact match that"
                + " of answers of which all were.",
            "class",
            "note")
        .line();
  }

  /** How both models go on with held-out texts. */
  static void samples(Markup page, List<SamplePrediction> samples) {
    SectionFrame.part(
        page,
        "What it writes",
        "Held-out texts: how each begins, how it went on in the data, and how each model goes on by"
            + " taking the best token each time.");
    SectionFrame.openTable(
        page,
        "samples",
        "Begins",
        "Went on",
        EvaluatedModel.FROZEN_BASE.ofDecoder(),
        EvaluatedModel.ADAPTER.ofDecoder());
    for (SamplePrediction sample : samples) {
      page.open("tr");
      page.open("td", "class", "text");
      SectionFrame.pictures(page, sample.pictures());
      page.element("bdi", NumberText.cut(sample.text(), LETTERS)).close();
      for (String text : List.of(sample.truth(), sample.base(), sample.adapter())) {
        page.open("td", "class", "text").element("bdi", NumberText.cut(text, LETTERS)).close();
      }
      page.close().line();
    }
    SectionFrame.closeTable(page);
  }
}
