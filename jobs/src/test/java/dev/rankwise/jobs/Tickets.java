package dev.rankwise.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Rows of support tickets in three queues, the same each time. */
final class Tickets {
  static final List<String> QUEUES = List.of("billing", "feature", "outage");

  private static final String[][] OPENINGS = {
    {"The invoice is wrong", "I was charged twice", "Please refund the payment"},
    {"Please add an option", "It would be nice to have a button", "We wish for a new export"},
    {"The server is down", "Nothing loads and pages time out", "The connection breaks"}
  };

  private static final String[] PLACES = {
    "since monday", "in our account", "for the whole team", "on every page", "after the update"
  };

  private Tickets() {}

  /** A text of the queue, different for each number. */
  static String text(int queue, int number) {
    String[] openings = OPENINGS[queue];
    return "%s %s, ticket %d"
        .formatted(openings[number % openings.length], PLACES[number % PLACES.length], number);
  }

  /** Lines of a CSV file with a header; the queues take turns. */
  static List<String> csv(int rows) {
    List<String> lines = new ArrayList<>(List.of("message,queue"));
    for (int row = 0; row < rows; row++) {
      lines.add(line(text(row % QUEUES.size(), row), QUEUES.get(row % QUEUES.size())));
    }
    return lines;
  }

  /** One line, with its values in quotes. */
  static String line(String... values) {
    List<String> quoted = new ArrayList<>();
    for (String value : values) {
      quoted.add("\"" + value.replace("\"", "\"\"") + "\"");
    }
    return String.join(",", quoted);
  }

  /** A CSV file in a folder. */
  static Path write(Path folder, List<String> lines) throws IOException {
    return Files.write(Files.createTempFile(folder, "tickets", ".csv"), lines);
  }
}
