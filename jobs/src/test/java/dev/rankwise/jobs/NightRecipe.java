package dev.rankwise.jobs;

import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.conf.SparkSection;
import dev.rankwise.jobs.nightly.NightListener;
import dev.rankwise.jobs.nightly.NightlyRun;
import dev.rankwise.jobs.session.RunContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Nights on tickets whose file grows, small enough for a test.
 *
 * @param tickets the recipe
 * @param rows its rows
 * @param out the folder of the nights
 */
record NightRecipe(TicketRecipe tickets, Path rows, Path out) {
  /** The recipe's own settings of Spark. */
  static final SparkSection SPARK =
      new SparkSection(
          new TreeMap<>(Map.of("spark.master", "local[2]", "spark.sql.shuffle.partitions", "2")));

  /** One whose rows are {@code count} tickets. */
  static NightRecipe write(Path folder, int count) throws IOException {
    Path rows = folder.resolve("tickets.csv");
    TicketRecipe tickets = TicketRecipe.write(folder, TinyBase.withPooler(folder, 1), rows);
    NightRecipe recipe = new NightRecipe(tickets, rows, folder.resolve("nights"));
    recipe.hold(count);
    return recipe;
  }

  /** From now on the file holds so many tickets, of which the first are always the same. */
  void hold(int count) throws IOException {
    Files.write(rows, Tickets.csv(count));
  }

  /** A night, as a user starts it. */
  CommandRun night(String... settings) {
    return tickets.run("nightly", out, settings);
  }

  /** A night in this process with another clock and a listener; gives what it told. */
  String night(Clock clock, NightListener listener, String... settings) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream told = new PrintStream(out, true, StandardCharsets.UTF_8);
    new NightlyRun(more -> read(more, settings), new RunContext(told, clock, false), listener)
        .run();
    return out.toString(StandardCharsets.UTF_8);
  }

  private Recipe read(List<String> more, String... settings) {
    List<String> all = new ArrayList<>(List.of(settings));
    all.add("output.directory=" + out);
    all.addAll(more);
    return Recipe.read(tickets.file(), all);
  }

  /** The folder of a registered version. */
  Path version(int number) {
    return out.resolve("registry/version-%08d".formatted(number));
  }
}
