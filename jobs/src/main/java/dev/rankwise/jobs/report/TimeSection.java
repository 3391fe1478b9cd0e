package dev.rankwise.jobs.report;

import dev.rankwise.jobs.chart.Bar;
import dev.rankwise.jobs.chart.BarStrip;
import dev.rankwise.jobs.chart.Markup;
import dev.rankwise.jobs.chart.NumberText;
import dev.rankwise.jobs.page.SectionFrame;
import dev.rankwise.pipeline.train.StepMetrics;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Where time and memory went. */
final class TimeSection {
  private static final int BAR = 26;
  private static final int MEMORY_BAR = 18;

  private TimeSection() {}

  static void write(Markup page, RunReport report) {
    SectionFrame.open(
        page,
        "cost",
        "What it cost",
        "The bars show what a step's time was spent on, and how much memory the run took: the more"
            + " of the first bar is computing, the better the machine was used.");
    if (report.steps().isEmpty()) {
      page.element("p", "No step was done", "class", "note").line();
    } else {
      time(page, report.steps());
    }
    memory(page, report.memory());
    page.close().line();
  }

  private static void time(Markup page, List<StepMetrics> steps) {
    Map<StepPart, Double> totals = new EnumMap<>(StepPart.class);
    for (StepPart part : StepPart.values()) {
      totals.put(part, steps.stream().mapToDouble(step -> part.seconds(step.times())).sum());
    }
    double whole = total(totals, part -> true);
    double overhead = total(totals, StepPart::overhead);
    page.element("h3", "Time of a step").line();
    strip(
        page,
        "All of a step, on average " + NumberText.duration(whole / steps.size()),
        totals,
        part -> true);
    strip(
        page,
        "Only the overhead, enlarged: "
            + NumberText.duration(overhead / steps.size())
            + " a step, "
            + NumberText.percent(whole > 0 ? overhead / whole : 0)
            + " of the time",
        totals,
        StepPart::overhead);
    SectionFrame.openTable(page, "figures", "Part", "Share", "A step", "All steps");
    totals.forEach(
        (part, seconds) -> {
          page.open("tr").open("th", "scope", "row");
          part.legend().draw(page);
          page.element("small", part.legend().description()).close();
          SectionFrame.number(page, NumberText.percent(whole > 0 ? seconds / whole : 0));
          SectionFrame.number(page, NumberText.duration(seconds / steps.size()));
          SectionFrame.number(page, NumberText.duration(seconds));
          page.close().line();
        });
    SectionFrame.closeTable(page);
  }

  private static double total(Map<StepPart, Double> totals, Predicate<StepPart> chosen) {
    return totals.entrySet().stream()
        .filter(entry -> chosen.test(entry.getKey()))
        .mapToDouble(Map.Entry::getValue)
        .sum();
  }

  private static void strip(
      Markup page, String caption, Map<StepPart, Double> totals, Predicate<StepPart> chosen) {
    double whole = total(totals, chosen);
    List<Bar> bars = new ArrayList<>();
    double from = 0;
    for (Map.Entry<StepPart, Double> entry : totals.entrySet()) {
      if (chosen.test(entry.getKey()) && whole > 0) {
        double share = entry.getValue() / whole;
        Legend legend = entry.getKey().legend();
        String title = legend.label() + " " + NumberText.percent(share);
        bars.add(new Bar(from, share, legend.ink(), title));
        from += share;
      }
    }
    page.open("figure", "class", "stacked").element("figcaption", caption);
    new BarStrip(BAR).lane(bars).draw(page);
    page.close().line();
  }

  private static void memory(Markup page, Map<MemoryPart, Long> memory) {
    page.element("h3", "Memory of a host").line();
    if (memory.isEmpty()) {
      page.element("p", "Memory was not measured", "class", "note").line();
      return;
    }
    long most = memory.values().stream().mapToLong(Long::longValue).max().orElse(1);
    SectionFrame.openTable(page, "bars", "Memory", "", "");
    memory.forEach(
        (part, bytes) -> {
          Legend legend = part.legend();
          double share = most > 0 ? (double) bytes / most : 0;
          page.open("tr");
          SectionFrame.rowHead(page, legend.label(), legend.description());
          page.open("td", "class", "bar");
          new BarStrip(MEMORY_BAR).lane(legend.bar(share, NumberText.bytes(bytes))).draw(page);
          page.close();
          SectionFrame.number(page, NumberText.bytes(bytes));
          page.close().line();
        });
    SectionFrame.closeTable(page);
  }
}
