package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.models.format.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Run folders on file systems of Hadoop's: one that renames, and one that puts objects whole. */
@Tag("spark")
final class TestRunsElsewhere {
  private static final String OBJECTS = ObjectFileSystem.ADDRESS;
  private static final String OBJECTS_CLASS = "spark.hadoop.fs.objects.impl";

  @TempDir Path folder;
  private String link;
  private String view;
  private TicketRecipe recipe;

  @BeforeEach
  void nameTheFileSystems() throws IOException {
    // Hadoop keeps the file system of a name for as long as the process lives.
    String name = folder.getFileName().toString();
    view = "viewfs://" + name + "/runs/";
    link = "spark.hadoop.fs.viewfs.mounttable." + name + ".link./runs";
    System.setProperty(link, folder.resolve("elsewhere").toUri().toString());
    Files.createDirectory(folder.resolve("elsewhere"));
    System.setProperty(OBJECTS_CLASS, ObjectFileSystem.class.getName());
    recipe =
        TicketRecipe.write(
            folder, TinyBase.withPooler(folder, 1), Tickets.write(folder, Tickets.csv(60)));
  }

  @AfterEach
  void forgetTheFileSystems() {
    System.clearProperty(link);
    System.clearProperty(OBJECTS_CLASS);
  }

  @Test
  void runFolderIsTheSameWhereverItLies() throws Exception {
    Path here = folder.resolve("here");
    recipe.run("tune", here, "train.max-steps=4", "train.epochs=9").endedWith(0);
    CommandRun elsewhere = tune(view + "run").endedWith(0);
    CommandRun objects = tune(OBJECTS + folder + "/objects/run").endedWith(0);

    assertThat(elsewhere.out()).contains("Report     " + view + "run/report.html");
    assertThat(objects.out())
        .contains("Report     " + OBJECTS + folder + "/objects/run/report.html");
    Path renamed = folder.resolve("elsewhere/run");
    Path bucket = folder.resolve("objects/run");
    for (Path run : List.of(renamed, bucket)) {
      JsonNode result = RunFolderFiles.json(run.resolve("result.json"));
      assertThat(result.path("status").asText()).isEqualTo("succeeded");
      assertThat(result.path("adapter_sha256").asText())
          .isEqualTo(Sha256.ofFile(here.resolve("adapter/adapter_model.safetensors")))
          .isEqualTo(Sha256.ofFile(run.resolve("adapter/adapter_model.safetensors")));
      assertThat(RunFolderFiles.jsonLines(run.resolve("metrics.jsonl"))).hasSize(4);
      assertThat(names(run))
          .containsAll(names(here).stream().filter(TestRunsElsewhere::isOfARun).toList());
      assertThat(names(run)).noneMatch(name -> name.startsWith(".staged-"));
    }
    assertThat(names(renamed.resolve("adapter"))).isEqualTo(names(here.resolve("adapter")));
    assertThat(bucket.resolve("adapter/committed")).content().contains("adapter_config.json");
  }

  @Test
  void longerRunGoesOnThereAndIsReadFromThere() throws Exception {
    for (String run : List.of(view + "run", OBJECTS + folder + "/objects/run")) {
      tune(run).endedWith(0);
      CommandRun longer = tune(run, "train.max-steps=6").endedWith(0);
      assertThat(longer.out()).contains("going on after step 4");

      CommandRun evaluated = CommandRun.of("evaluate", run).endedWith(0);
      assertThat(evaluated.out()).contains("accuracy");
      CommandRun inspected = CommandRun.of("inspect", run).endedWith(0);
      assertThat(inspected.out())
          .contains("Run " + run, "steps                 6")
          .doesNotContain("what lies here");
      CommandRun.of("inspect", run + "/adapter").endedWith(0);
      CommandRun.of("merge", run, "--out", folder.resolve("merged" + run.length()).toString())
          .endedWith(0);
    }
  }

  @Test
  void whatIsNotWholeIsNotRead() throws Exception {
    String run = OBJECTS + folder + "/objects/run";
    tune(run).endedWith(0);
    Path committed = folder.resolve("objects/run/adapter/committed");
    Path config = folder.resolve("objects/run/adapter/adapter_config.json");
    Files.writeString(config, Files.readString(config) + " ");
    assertThat(CommandRun.of("evaluate", run).endedWith(4).error())
        .contains("adapter_config.json", "is not what was written");
    Files.delete(committed);
    assertThat(CommandRun.of("evaluate", run).endedWith(4).error())
        .contains("it has no file committed, so it is being written or its writer died");
    assertThat(CommandRun.of("evaluate", OBJECTS + folder + "/nosuch").endedWith(2).error())
        .contains("No adapter lies at objects://bucket");
  }

  private CommandRun tune(String run, String... settings) {
    List<String> arguments =
        new ArrayList<>(List.of("tune", recipe.file().toString(), "--out", run));
    arguments.addAll(List.of("--set", "train.max-steps=4", "--set", "train.epochs=9"));
    for (String setting : settings) {
      arguments.addAll(List.of("--set", setting));
    }
    return CommandRun.of(arguments.toArray(String[]::new));
  }

  /** Locks of processes of one host lie beside what they lock. */
  private static boolean isOfARun(String name) {
    return !name.endsWith(".lock");
  }

  private static List<String> names(Path folder) throws IOException {
    try (var entries = Files.list(folder)) {
      // Hadoop keeps checksums beside local files.
      return entries
          .map(entry -> entry.getFileName().toString())
          .filter(name -> !name.endsWith(".crc"))
          .sorted()
          .toList();
    }
  }
}
