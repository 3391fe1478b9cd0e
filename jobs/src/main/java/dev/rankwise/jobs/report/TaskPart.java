package dev.rankwise.jobs.report;

import dev.rankwise.datasets.shard.DataManifest;
import dev.rankwise.datasets.shard.TaskCounts;
import dev.rankwise.jobs.chart.Markup;
import dev.rankwise.jobs.chart.NumberText;
import dev.rankwise.jobs.chart.ShareMap;
import dev.rankwise.jobs.page.SectionFrame;
import dev.rankwise.pipeline.evaluate.LanguageMetrics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** What there is of each task, how well it is done, and which experts do it. */
final class TaskPart {
  /** Tasks whose experts are shown. */
  private static final int MOST_SHOWN = 12;

  private TaskPart() {}

  /** How many texts each task has; nothing where rows have none. */
  static void counts(Markup page, DataManifest data) {
    if (data.tasks().isEmpty()) {
      return;
    }
    SectionFrame.part(
        page,
        "How much there is of each task",
        "A sequence holds texts of one task; a row of a task with a weight above 1 is trained on"
            + " several times.");
    SectionFrame.openTable(
        page, "tight", "Task", "Texts trained on", "Tokens of them", "Texts held out");
    for (int task = 0; task < data.tasks().size(); task++) {
      TaskCounts train = data.train().taskCounts().get(task);
      page.open("tr");
      SectionFrame.rowHead(page, data.tasks().get(task));
      SectionFrame.number(page, NumberText.count(train.texts()));
      SectionFrame.number(page, NumberText.count(train.targets()));
      SectionFrame.number(page, NumberText.count(data.test().taskCounts().get(task).texts()));
      page.close().line();
    }
    SectionFrame.closeTable(page);
  }

  /** The figures of each task; nothing where rows have none. */
  static void figures(Markup page, Map<EvaluatedModel, LanguageMetrics> models) {
    Optional<LanguageMetrics> main = RunReport.main(models);
    if (main.isEmpty() || main.get().tasks().isEmpty()) {
      return;
    }
    List<String> headings = new ArrayList<>(List.of("Task"));
    models.keySet().forEach(model -> headings.add("Perplexity, " + model.ofDecoder()));
    headings.addAll(List.of("Loss", "Token accuracy", "Targets"));
    SectionFrame.part(
        page,
        "Task by task",
        "The same figures on the held-out rows of each task by themselves; the last three are those"
            + " of the tuned model.");
    SectionFrame.openTable(page, "figures", headings.toArray(String[]::new));
    main.get()
        .tasks()
        .forEach(
            (task, figures) -> {
              page.open("tr");
              SectionFrame.rowHead(page, task);
              for (LanguageMetrics model : models.values()) {
                SectionFrame.number(page, rounded(model.tasks().get(task).perplexity()));
              }
              SectionFrame.number(page, rounded(figures.meanLoss()));
              SectionFrame.number(page, NumberText.percent(figures.tokenAccuracy()));
              SectionFrame.number(page, NumberText.count(figures.targets()));
              page.close().line();
            });
    SectionFrame.closeTable(page);
  }

  private static String rounded(double value) {
    return NumberText.plain(SectionFrame.rounded(value));
  }

  /** Which expert does how much of each task, by router; nothing where no expert is routed. */
  static void experts(Markup page, RunReport report) {
    Map<String, List<List<Double>>> gates = new LinkedHashMap<>();
    report
        .adapter()
        .gates()
        .byTask()
        .forEach((task, routers) -> gates.put(task, List.copyOf(routers.values())));
    if (!gates.isEmpty()) {
      SectionFrame.part(
          page,
          "Which expert does how much of a task",
          "Each line is one router, from the first layer down, each column one expert; a cell is the"
              + " weight that the router gives it, whatever the token.");
      maps(page, "Weight", report.adapter().routers(), gates);
      return;
    }
    Map<String, List<List<Double>>> loads = new LinkedHashMap<>();
    RunReport.main(report.decoders())
        .ifPresent(main -> main.tasks().forEach((task, own) -> loads.put(task, own.loads())));
    if (loads.values().stream().anyMatch(own -> !own.isEmpty())) {
      SectionFrame.part(
          page,
          "Which expert does how much of a task",
          "Each line is one router, from the first layer down, each column one expert; a cell is the"
              + " share of the router's choices that fell on it, over the held-out rows of the task.");
      maps(page, "Load", report.adapter().routers(), loads);
    }
  }

  private static void maps(
      Markup page, String what, List<String> routers, Map<String, List<List<Double>>> byTask) {
    byTask.entrySet().stream()
        .limit(MOST_SHOWN)
        .forEach(
            entry -> {
              int experts = entry.getValue().stream().mapToInt(List::size).max().orElseThrow();
              new ShareMap(
                      "%s of experts by router, task %s".formatted(what, entry.getKey()),
                      routers,
                      IntStream.range(0, experts).mapToObj(Integer::toString).toList(),
                      entry.getValue(),
                      Math.min(1, 3.0 / experts))
                  .draw(page);
            });
    if (byTask.size() > MOST_SHOWN) {
      page.element("p", "All tasks stand in evaluation.json.", "class", "note").line();
    }
  }
}
