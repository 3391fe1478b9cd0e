package dev.rankwise.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A recipe that sorts tickets, small enough for a test.
 *
 * @param file the YAML file
 */
record TicketRecipe(Path file) {
  private static final String TEXT =
      """
      base: {model: "%s"}
      data:
        source: "%s"
        text-column: message
        label-column: queue
        test-fraction: 0.25
        max-tokens: 32
      adapter: {rank: 4, alpha: 8, targets: [query, value], modules-to-save: [classifier, pooler]}
      train: {batch-size: 16, groups: 2, max-steps: 3, learning-rate: 5e-3, warmup-steps: 0}
      evaluate: {frozen-base: false}
      spark: {master: "local[2]", sql.shuffle.partitions: 2}
      """;

  /** A recipe in a folder. */
  static TicketRecipe write(Path folder, Object base, Path rows) throws IOException {
    Path file = Files.createTempFile(folder, "recipe", ".yaml");
    return new TicketRecipe(Files.writeString(file, TEXT.formatted(base, rows)));
  }

  /** Runs a verb on it. */
  CommandRun run(String verb, Path out, String... settings) {
    List<String> arguments = new ArrayList<>(List.of(verb, file.toString(), "--out", "" + out));
    for (String setting : settings) {
      arguments.add("--set");
      arguments.add(setting);
    }
    return CommandRun.of(arguments.toArray(String[]::new));
  }
}
