package dev.rankwise.jobs.report;

import dev.rankwise.jobs.chart.Markup;
import dev.rankwise.jobs.chart.NumberText;
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
            + " parameters, computed in "
            + report.base().type());
    facts.put("Hash of the base", report.base().sha256());
    TunedAdapter adapter = report.adapter();
    if (adapter.isWholeBase()) {
      facts.put("Method", adapter.method() + ": every weight is trained");
    } else {
      facts.put(
          "Method",
          adapter.method()
              + ", rank "
              + adapter.rank()
              + ", alpha "
              + NumberText.plain(adapter.alpha()));
      facts.put("Adapted modules", String.join(", ", adapter.targets()));
    }
    facts.put("Trained parameters", NumberText.count(adapter.trainableParameters()));
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
                setting.executors() == 1 ? "1 executor" : setting.executors() + " executors",
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

  private static String instant(Instant instant) {
    return instant
        .truncatedTo(ChronoUnit.SECONDS)
        .toString()
        .replace('T', ' ')
        .replace("Z", " UTC");
  }
}
