package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that use a model, in processes of their own, which are asked to end as they work. */
@Tag("spark")
final class TestInterruptedVerbs {
  private static final String TOLD =
      "Error: Interrupted (exit code 143); nothing is left half written, so the same command can be run"
          + " again\n";
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir static Path home;

  private static Path run;
  private static Path many;

  @TempDir Path folder;

  @BeforeAll
  static void trainOnce() throws IOException {
    run = home.resolve("run");
    Path base = TinyBase.withPooler(home, 1);
    TicketRecipe.write(home, base, Tickets.write(home, Tickets.csv(60)))
        .run("tune", run)
        .endedWith(0);
    Path more = Files.createDirectory(home.resolve("more"));
    many = Tickets.write(more, Tickets.csv(100_000));
  }

  @Test
  void tableThatIsWrittenIsThereWholeOrNotAtAll() throws Exception {
    Path out = Files.createDirectory(folder.resolve("out"));
    Path answered = out.resolve("answered.csv");
    List<String> apply =
        List.of("apply", run.toString(), "--input", many.toString(), "--to", answered.toString());
    try (TuneProcess command = TuneProcess.start(folder, apply)) {
      waitUntil(() -> holdsRows(out), command);
      command.process().destroy();

      assertThat(command.process().waitFor()).isEqualTo(143);
      assertThat(command.errors()).isEqualTo(TOLD);
    }
    assertThat(out).as("what the interrupted command left").isEmptyDirectory();

    CommandRun.of(apply.toArray(String[]::new)).endedWith(0);
    assertThat(answered.resolve("_SUCCESS")).exists();
    assertThat(out.toFile().list()).containsExactly("answered.csv");
  }

  /** Spark's threads end with a stack trace each; nobody is to read them. */
  @Test
  void evaluationThatIsAskedToEndSaysSoInOneLine() throws Exception {
    List<String> evaluate = List.of("evaluate", run.toString(), "--data", many.toString());
    try (TuneProcess command = TuneProcess.start(folder, evaluate)) {
      // The rows are counted once they are prepared, and evaluated from then on.
      command.waitForLine("held out");
      Thread.sleep(500);
      command.process().destroy();

      assertThat(command.process().waitFor()).isEqualTo(143);
      assertThat(command.errors()).isEqualTo(TOLD);
    }
  }

  /** Whether a file with rows lies in a folder, however deep. */
  private static boolean holdsRows(Path place) throws IOException {
    try (Stream<Path> files = Files.walk(place)) {
      return files.anyMatch(file -> file.getFileName().toString().matches("part-.*[.]csv"));
    }
  }

  private static void waitUntil(Condition holds, TuneProcess command) throws Exception {
    Instant end = Instant.now().plus(PATIENCE);
    while (!holds.now()) {
      assertThat(command.process().isAlive()).as(command.errors()).isTrue();
      assertThat(Instant.now()).as("time until the command works").isBefore(end);
      Thread.sleep(20);
    }
  }

  private interface Condition {
    boolean now() throws IOException;
  }
}
