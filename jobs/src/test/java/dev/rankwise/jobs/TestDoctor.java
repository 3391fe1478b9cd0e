package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.doctor.Doctor;
import dev.rankwise.jobs.session.RunContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verb on this machine, where the driver computes. */
final class TestDoctor {
  private static final List<String> CHECKS =
      List.of(
          "executors",
          "library",
          "numerics",
          "clocks",
          "memory",
          "overhead",
          "heaps",
          "results",
          "folders",
          "files",
          "base",
          "cache",
          "devices",
          "variables");

  @TempDir Path folder;

  @Test
  void thisMachineIsWellWithoutARecipe() throws IOException {
    Path shared = Files.createDirectory(folder.resolve("shared"));
    Path to = folder.resolve("doctor.json");
    String told =
        CommandRun.of(
                "doctor",
                "--set",
                "spark.master=local[2]",
                "--out",
                shared.toString(),
                "--to",
                to.toString())
            .endedWith(0)
            .out();

    assertThat(told)
        .contains("Master     local[2]", "Executors  none but the driver, 2 tasks at once")
        .containsPattern("Library    libtorch \\d")
        .contains("Folders    --shared file:" + shared)
        .contains("Result     nothing to mend");
    JsonNode document = RunFolderFiles.json(to);
    assertThat(document.path("verdict").asText()).isEqualTo("well");
    assertThat(names(document)).isEqualTo(CHECKS);
    JsonNode driver = document.path("executors").path(0);
    assertThat(driver.path("process").longValue()).isEqualTo(ProcessHandle.current().pid());
    assertThat(driver.path("numerics_sha256").asText()).hasSize(64);
    assertThat(driver.path("heap_bytes").longValue()).isEqualTo(Runtime.getRuntime().maxMemory());
    assertThat(document.has("estimate")).isFalse();
    try (Stream<Path> left = Files.list(shared)) {
      assertThat(left).as("what was written to be looked at is gone").isEmpty();
    }
  }

  /** Four things are wrong at once, and one clock is a minute ahead. */
  @Test
  void whatIsWrongWithARunIsToldWithItsRemedy() throws IOException {
    Path base = TinyBase.withPooler(folder, 3);
    Path rows = Tickets.write(folder, Tickets.csv(12));
    TicketRecipe recipe = TicketRecipe.write(folder, base, rows);
    Files.delete(rows);
    Recipe read =
        Recipe.read(
            recipe.file(),
            List.of(
                "train.groups=16",
                "spark.driver.maxResultSize=60k",
                "output.directory=/proc/nobody/run"));
    Path to = folder.resolve("doctor.json");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    RunContext context =
        new RunContext(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            Clock.offset(Clock.systemUTC(), Duration.ofMinutes(1)),
            false);

    boolean well =
        new Doctor(Optional.of(read), read.spark(), List.of(), Duration.ofSeconds(60), context)
            .isWell(Optional.of(to));

    assertThat(well).isFalse();
    JsonNode document = RunFolderFiles.json(to);
    assertThat(mended(document)).containsExactly("clocks", "results", "folders", "files");
    assertThat(out.toString(StandardCharsets.UTF_8))
        .containsPattern("The clock of executor driver \\S+ is at least [56]\\d\\.\\d\\d s behind")
        .contains("set --conf spark.driver.maxResultSize=64m, or use fewer groups")
        .contains("output.directory file:/proc/nobody/run cannot be tried")
        .contains("On the driver: Cannot read \"" + rows + "\": no such file or folder")
        .contains("Result     4 things to mend");
    assertThat(document.path("estimate").path("trained_numbers").longValue()).isPositive();
  }

  @Test
  void whatMustBeMendedIsInTheExitCode() {
    CommandRun.of("doctor", "--set", "spark.master=local[1]", "--shared", "/proc/nobody/shared")
        .endedWith(6);
  }

  @Test
  void withoutARecipeOnlySettingsOfSparkCanBeSet() {
    assertThat(
            CommandRun.of("doctor", "--set", "train.seed=1", "--set", "spark.master=local")
                .endedWith(2)
                .error())
        .isEqualTo(
            "Invalid --set train.seed: without a recipe only settings of Spark can be set, such as"
                + " spark.master=local[2]; name the recipe, or leave it out");
    assertThat(CommandRun.of("doctor", "--wait", "0").endedWith(2).error())
        .isEqualTo("Invalid --wait: 0 (must be at least 1 second)");
  }

  private static List<String> names(JsonNode document) {
    List<String> names = new ArrayList<>();
    document.path("checks").forEach(check -> names.add(check.path("check").asText()));
    return names;
  }

  private static List<String> mended(JsonNode document) {
    List<String> names = new ArrayList<>();
    for (JsonNode check : document.path("checks")) {
      if (check.path("verdict").asText().equals("mend")) {
        names.add(check.path("check").asText());
      }
    }
    return names;
  }
}
