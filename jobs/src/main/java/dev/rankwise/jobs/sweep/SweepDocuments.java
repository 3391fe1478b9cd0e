package dev.rankwise.jobs.sweep;

import dev.rankwise.jobs.session.JsonFile;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.pipeline.checkpoint.LocalRunFolder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a sweep leaves for people and for other programs: {@value #JSON} with all numbers, {@value
 * #MARKDOWN} with the table, and the page.
 *
 * @param folder the sweep's folder
 * @param file what was asked for
 * @param command how to do what is missing
 */
record SweepDocuments(LocalRunFolder folder, SweepFile file, String command) {
  static final String JSON = "sweep.json";
  static final String MARKDOWN = "sweep.md";

  /** Writes all of them as the runs stand now. */
  void write(SweepTable table) {
    JsonFile.commit(folder, JSON, json(table));
    commit(MARKDOWN, SweepMarkdown.of(file, table, command));
    commit(RunFiles.REPORT, SweepPage.of(file, table, command));
  }

  private void commit(String name, String text) {
    folder.commitFile(name, text.getBytes(StandardCharsets.UTF_8));
  }

  private Map<String, Object> json(SweepTable table) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("sweep", file.name());
    fields.put("recipe", file.recipe().toString());
    fields.put("caption", file.caption());
    fields.put("runs", table.records().stream().map(this::run).toList());
    List<Map<String, Object>> points = new ArrayList<>();
    for (String point : table.points()) {
      points.add(point(table, point));
    }
    fields.put("points", points);
    fields.put("notes", table.notes());
    return fields;
  }

  private Map<String, Object> run(RunRecord record) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("point", record.run().point());
    record.run().group().ifPresent(group -> fields.put("group", fields(group)));
    record.run().seed().ifPresent(seed -> fields.put("seed", seed));
    fields.put(
        "folder",
        folder
            .directory()
            .relativize(record.run().folder().toAbsolutePath().normalize())
            .toString());
    fields.put("recipe_sha256", record.run().sha256());
    fields.put("status", record.status());
    fields.put("exit_code", record.exitCode());
    fields.put("message", record.message());
    fields.put("data_sha256", record.dataSha256());
    Map<String, Object> figures = new LinkedHashMap<>();
    record.figures().forEach((figure, value) -> figures.put(figure.key(), JsonFile.finite(value)));
    fields.put("figures", figures);
    return fields;
  }

  private static Map<String, Object> point(SweepTable table, String point) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("point", point);
    Map<String, Object> figures = new LinkedHashMap<>();
    for (Figure figure : table.figures()) {
      table.spread(point, figure).ifPresent(spread -> figures.put(figure.key(), fields(spread)));
    }
    fields.put("figures", figures);
    return fields;
  }

  private static Map<String, Object> fields(SweepFile.Group group) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("column", group.column());
    fields.put("value", group.value());
    fields.put("rows", group.rows());
    return fields;
  }

  private static Map<String, Object> fields(Spread spread) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("runs", spread.runs());
    fields.put("mean", spread.mean());
    fields.put("low", spread.low());
    fields.put("high", spread.high());
    fields.put("deviation", spread.deviation());
    return fields;
  }
}
