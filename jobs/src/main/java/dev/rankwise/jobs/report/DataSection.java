package dev.rankwise.jobs.report;

import dev.rankwise.datasets.shard.DataManifest;
import dev.rankwise.datasets.shard.Funnel;
import dev.rankwise.datasets.shard.LengthHistogram;
import dev.rankwise.datasets.shard.SplitManifest;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.jobs.chart.Axis;
import dev.rankwise.jobs.chart.Bar;
import dev.rankwise.jobs.chart.BarStrip;
import dev.rankwise.jobs.chart.Ink;
import dev.rankwise.jobs.chart.Markup;
import dev.rankwise.jobs.chart.NumberText;
import dev.rankwise.jobs.chart.Plot;
import dev.rankwise.jobs.chart.Series;
import dev.rankwise.jobs.page.SectionFrame;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** What became of the rows, how long they are, and which classes they are of. */
public final class DataSection {
  private static final int FUNNEL_BAR = 18;
  private static final int CLASS_BAR = 12;
  private static final int MOST_CLASSES = 40;
  private static final int LEVEL_MARKS = 6;
  private static final String TRUNCATION = "truncation";

  private DataSection() {}

  /** Writes the section of prepared data, as it stands in the page of a run. */
  public static void write(Markup page, DataManifest data) {
    SectionFrame.open(
        page,
        "data",
        "What it learned from",
        "From the rows that were read to those that were used: each bar shows where rows went, how"
            + " long they are and which classes they are of.");
    funnel(page, data.funnel());
    changes(page, data.funnel());
    lengths(page, data);
    switch (data.kind()) {
      case LABELLED -> classes(page, data);
      case SEQUENCES -> {
        packing(page, data);
        TaskPart.counts(page, data);
      }
    }
    page.close().line();
  }

  private static void funnel(Markup page, Funnel funnel) {
    SectionFrame.part(
        page,
        "What became of the rows",
        "Every row is in exactly one of the bars below the first; they lie end to end and add up to"
            + " it.");
    SectionFrame.openTable(page, "bars", "Rows", "", "Number", "Share");
    step(page, "read", 0, funnel.read(), funnel.read(), Ink.PALE);
    long from = 0;
    for (Map.Entry<RejectionReason, Long> reason : funnel.rejected().entrySet()) {
      step(
          page,
          "rejected: " + reason.getKey().description(),
          from,
          reason.getValue(),
          funnel.read(),
          Ink.LOST);
      from += reason.getValue();
    }
    if (funnel.rejected().isEmpty()) {
      step(page, "rejected", from, 0, funnel.read(), Ink.LOST);
    }
    step(page, "not needed", from, funnel.unused(), funnel.read(), Ink.COMPARED);
    from += funnel.unused();
    step(page, "held out for the test", from, funnel.test(), funnel.read(), Ink.SECOND);
    from += funnel.test();
    step(page, "trained on", from, funnel.train(), funnel.read(), Ink.MAIN);
    SectionFrame.closeTable(page);
  }

  private static void changes(Markup page, Funnel funnel) {
    if (funnel.changed().isEmpty()) {
      return;
    }
    SectionFrame.part(
        page,
        "What was changed in rows that stayed",
        "Rows whose text was mended or masked before it was used, by what was done; a row may count"
            + " in several bars.");
    SectionFrame.openTable(page, "bars", "Change", "", "Rows", "Share");
    long stayed = funnel.read() - funnel.rejectedRows();
    funnel
        .changed()
        .forEach((change, rows) -> step(page, change.description(), 0, rows, stayed, Ink.SECOND));
    SectionFrame.closeTable(page);
  }

  private static void step(Markup page, String name, long from, long rows, long read, Ink ink) {
    double share = read == 0 ? 0 : (double) rows / read;
    page.open("tr").element("th", name, "scope", "row").open("td", "class", "bar");
    new BarStrip(FUNNEL_BAR)
        .lane(
            new Bar(
                read == 0 ? 0 : (double) from / read,
                share,
                ink,
                name + ": " + NumberText.count(rows)))
        .draw(page);
    page.close();
    SectionFrame.number(page, NumberText.count(rows));
    SectionFrame.number(page, NumberText.percent(share));
    page.close().line();
  }

  private static void lengths(Markup page, DataManifest data) {
    int buckets = Math.max(1, Math.max(used(data.train().lengths()), used(data.test().lengths())));
    int width = data.train().lengths().bucketTokens();
    new Plot(
            "How long the texts are",
            "Share of texts by their number of tokens (pieces of words); both kinds should look"
                + " alike.",
            "tokens of a text",
            "% of texts")
        .columns(shares("trained on", Ink.MAIN, data.train().lengths(), buckets, 0))
        .line(shares("held out", Ink.LETTERS, data.test().lengths(), buckets, 0.46))
        .draw(page, Axis.whole(0, (long) buckets * width, LEVEL_MARKS));
    page.element("p", truncation(data), "class", "note").line();
  }

  /** What became of texts over the limit. */
  static String truncation(DataManifest data) {
    String limit = " the limit of " + NumberText.count(data.maximumTokens()) + " tokens";
    long cut = data.funnel().truncated();
    long leftOut = data.funnel().rejected().getOrDefault(RejectionReason.TOO_MANY_TOKENS, 0L);
    if (cut == 0 && leftOut == 0) {
      return "No text is longer than" + limit + ", so nothing was cut.";
    }
    String longer = NumberText.count(cut + leftOut) + " texts were longer than" + limit;
    return longer + " and " + became(data.settings().getOrDefault(TRUNCATION, "right"));
  }

  private static String became(String truncation) {
    return switch (truncation) {
      case "left" -> "lost their start.";
      case "drop" -> "were left out.";
      case "split" ->
          "were split into pieces of that length; pieces without a target are left out.";
      default -> "were cut there.";
    };
  }

  private static int used(LengthHistogram histogram) {
    int used = histogram.counts().size();
    while (used > 0 && histogram.counts().get(used - 1) == 0) {
      used--;
    }
    return used;
  }

  private static Series shares(
      String name, Ink ink, LengthHistogram histogram, int buckets, double shift) {
    double all = histogram.counts().stream().mapToLong(Long::longValue).sum();
    double[] x = new double[buckets];
    double[] y = new double[buckets];
    for (int bucket = 0; bucket < buckets; bucket++) {
      x[bucket] = (bucket + shift) * histogram.bucketTokens();
      long count = bucket < histogram.counts().size() ? histogram.counts().get(bucket) : 0;
      y[bucket] = all > 0 ? 100 * count / all : 0;
    }
    return new Series(name, ink, x, y);
  }

  private static void packing(Markup page, DataManifest data) {
    SectionFrame.part(
        page,
        "How full the sequences are",
        "Texts that share a sequence of at most "
            + NumberText.count(data.maximumTokens())
            + " tokens do not see each other; the room that they leave is lost.");
    SectionFrame.openTable(
        page, "tight", "Split", "Sequences", "Texts", "Filled", "Tokens", "Trained on");
    filled(page, "trained on", data.train());
    filled(page, "held out", data.test());
    SectionFrame.closeTable(page);
  }

  private static void filled(Markup page, String name, SplitManifest split) {
    page.open("tr");
    SectionFrame.rowHead(page, name);
    SectionFrame.number(page, NumberText.count(split.examples()));
    SectionFrame.number(page, NumberText.count(split.texts()));
    SectionFrame.number(page, NumberText.percent(split.filled()));
    SectionFrame.number(page, NumberText.count(split.tokens()));
    SectionFrame.number(page, NumberText.count(split.targets()));
    page.close().line();
  }

  private static void classes(Markup page, DataManifest data) {
    List<Long> train = data.train().labelCounts();
    List<Long> test = data.test().labelCounts();
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < data.labels().size(); i++) {
      order.add(i);
    }
    order.sort(Comparator.comparing((Integer label) -> train.get(label)).reversed());
    SectionFrame.part(
        page,
        "How often each class occurs",
        "The longest bar is the class with the most training rows; a class with few rows is hard to"
            + " learn.");
    long most = Math.max(1, train.get(order.get(0)));
    SectionFrame.openTable(page, "bars tight", "Class", "", "Trained on", "Held out");
    for (int label : order.subList(0, Math.min(MOST_CLASSES, order.size()))) {
      String name = data.labels().get(label);
      page.open("tr");
      SectionFrame.rowHead(page, name);
      page.open("td", "class", "bar");
      new BarStrip(CLASS_BAR)
          .lane(
              Bar.of(
                  (double) train.get(label) / most,
                  Ink.MAIN,
                  name + ": " + NumberText.count(train.get(label))))
          .draw(page);
      page.close();
      SectionFrame.number(page, NumberText.count(train.get(label)));
      SectionFrame.number(page, NumberText.count(test.get(label)));
      page.close().line();
    }
    SectionFrame.closeTable(page);
    rest(page, order, train);
  }

  private static void rest(Markup page, List<Integer> order, List<Long> train) {
    if (order.size() <= MOST_CLASSES) {
      return;
    }
    List<Integer> rest = order.subList(MOST_CLASSES, order.size());
    long rows = rest.stream().mapToLong(train::get).sum();
    page.element(
            "p",
            NumberText.count(rest.size())
                + " rarer classes with "
                + NumberText.count(rows)
                + " training rows together are not shown.",
            "class",
            "note")
        .line();
  }
}
