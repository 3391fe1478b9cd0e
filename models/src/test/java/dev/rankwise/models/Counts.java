package dev.rankwise.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What a test of faults counted, told on its output and, when asked to, in the document. */
public final class Counts {
  private static final String WRITE = "rankwise.write-documents";
  private static final Path PAGE = Path.of("..", "docs", "reliability.md");

  private Counts() {}

  /**
   * Tells the counts of a test: {@code docs/reliability.md} must have a line for it.
   *
   * @param test class and method, as the line names them
   * @param counts cases, kills, seeds
   */
  public static void tell(String test, String counts) {
    System.out.println(test + ": " + counts);
    try {
      List<String> lines = new ArrayList<>();
      boolean named = false;
      for (String line : Files.readAllLines(PAGE)) {
        boolean own = line.contains("| `" + test + "` |");
        named |= own;
        lines.add(
            own ? line.substring(0, line.lastIndexOf("` |") + 3) + " " + counts + " |" : line);
      }
      assertThat(named).as(PAGE + " has a line for " + test).isTrue();
      if (Boolean.getBoolean(WRITE)) {
        Files.writeString(PAGE, String.join("\n", lines) + "\n");
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
