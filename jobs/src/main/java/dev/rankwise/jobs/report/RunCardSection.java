package dev.rankwise.jobs.report;

import dev.rankwise.jobs.chart.Markup;
import dev.rankwise.jobs.chart.NumberText;
import dev.rankwise.jobs.page.SectionFrame;
import dev.rankwise.models.text.CountText;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** What was run, and how to use what came out. */
final class RunCardSection {
  private RunCardSection() {}

  static void write(Markup page, RunReport report) {
    SectionFrame.open(
        page,
        "card",
        "Run card",
        "The facts that name this run, and the commands that use its adapter: whoever repeats the"
            + " run with the same facts gets the same adapter.");
    page.open("dl", "class", "card").line();
    facts(report).forEach((name, value) -> page.element("dt", name).element("dd", value).line());
    page.close().line();
    for (UsageCommand command : report.commands()) {
      page.element("h3", command.purpose());
      page.open("pre", "tabindex", "0").element("code", command.text()).close().line();
    }
    page.close().line();
  }

  private static Map<String, String> facts(RunReport report) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put(
        "Base",
        report.base().name()
            + ", "
            + NumberText.inShort(report.base().parameters())
            + " parameters, "
            + held(report.base()));
    facts.put("Hash of the base", report.base().sha256());
    TunedAdapter adapter = report.adapter();
    if (adapter.isKeptOnly()) {
      facts.put("Method", adapter.method() + ": only modules kept in full are trained");
    } else if (adapter.isWholeBase()) {
      facts.put("Method", adapter.method() + ": every weight is trained");
    } else {
      facts.put(
          "Method",
          adapter.method() + (adapter.figures().isEmpty() ? "" : ", " + adapter.figures()));
      facts.put("Adapted modules", String.join(", ", adapter.targets()));
      adapter
          .first()
          .ifPresent(
              first -> {
                facts.put("First adapter", first.place() + ", " + first.figures());
                facts.put("Saved as", "one adapter of both, " + first.together());
              });
    }
    facts.put("Trained parameters", NumberText.count(adapter.trainableParameters()));
    if (adapter.stillParameters() > 0) {
      facts.put("Parameters that stood still", still(adapter));
    }
    report.checks().ifPresent(checks -> facts.put("Compared after the run", checks.text()));
    facts.put(
        "Hash of the " + adapter.kind(),
        adapter.sha256().isEmpty() ? NumberText.NONE : adapter.sha256());
    facts.put(
        "Data",
        report.data().sources().stream()
            .map(source -> source.kind() + " " + source.location())
            .collect(Collectors.joining("; ")));
    facts.put("Hash of the data", report.data().contentSha256());
    RunSetting setting = report.setting();
    facts.put("Seed", Long.toString(setting.seed()));
    facts.put(
        "Spark",
        "%s, %s, %s tasks at once"
            .formatted(
                setting.master(),
                CountText.of(setting.executors(), "executor"),
                NumberText.count(setting.slots())));
    facts.put(
        "Versions",
        setting.versions().entrySet().stream()
            .map(entry -> entry.getKey() + " " + entry.getValue())
            .collect(Collectors.joining(", ")));
    facts.put("Started", instant(report.outcome().started()));
    facts.put("Finished", instant(report.outcome().finished()));
    return facts;
  }

  private static String held(TunedBase base) {
    return base.form().isEmpty()
        ? "computed in " + base.type()
        : "linear weights held in four bits (%s), computed in %s"
            .formatted(base.form(), base.type());
  }

  private static String still(TunedAdapter adapter) {
    return NumberText.count(adapter.stillParameters())
        + adapter
            .first()
            .map(
                it ->
                    ", those of the first adapter, "
                        + it.place()
                        + "; it computed along and is saved with the second")
            .orElse(", which take out of each weight what the trained ones began as");
  }

  private static String instant(Instant instant) {
    return instant
        .truncatedTo(ChronoUnit.SECONDS)
        .toString()
        .replace('T', ' ')
        .replace("Z", " UTC");
  }
}
