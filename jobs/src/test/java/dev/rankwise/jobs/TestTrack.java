package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.jobs.mlflow.DoneRun;
import dev.rankwise.jobs.mlflow.FakeMlflow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code track}: what a server lacks is sent when somebody asks for it. */
final class TestTrack {
  @TempDir Path folder;
  private FakeMlflow mlflow;
  private Path run;

  @BeforeEach
  void start() throws IOException {
    mlflow = new FakeMlflow();
    run = folder.resolve("runs/abcdefabcdef");
  }

  @AfterEach
  void stop() {
    mlflow.close();
  }

  @Test
  void runGoesToTheServerOfItsRecipeOrToAnother() throws IOException {
    DoneRun.write(run, "weights", 2, "tracking.mlflow=" + mlflow.address());
    assertThat(CommandRun.of("track", run.toString()).endedWith(0).out())
        .contains("MLflow     run abcdefabcdef sent: " + mlflow.address());
    assertThat(CommandRun.of("track", run.toString()).endedWith(0).out())
        .contains("MLflow     the run is there: " + mlflow.address());
    try (FakeMlflow other = new FakeMlflow()) {
      assertThat(
              CommandRun.of("track", run.toString(), "--to", other.address() + "/")
                  .endedWith(0)
                  .out())
          .contains("run abcdefabcdef sent: " + other.address() + "/#/");
      assertThat(other.runs()).hasSize(1);
    }
    assertThat(mlflow.runs()).hasSize(1);
  }

  @Test
  void runElsewhereIsSentWithAllFilesOfItsAdapter() throws IOException {
    DoneRun.write(run, "weights", 2, "tracking.mlflow=" + mlflow.address());
    Files.createDirectories(run.resolve("adapter/experts/0"));
    Files.writeString(run.resolve("adapter/experts/0/adapter_config.json"), "{}");
    // Hadoop keeps the file system of a name for as long as the process lives.
    String name = folder.getFileName().toString();
    String link = "spark.hadoop.fs.viewfs.mounttable." + name + ".link./runs";
    System.setProperty(link, folder.resolve("runs").toUri().toString());
    try {
      assertThat(
              CommandRun.of("track", "viewfs://" + name + "/runs/abcdefabcdef").endedWith(0).out())
          .contains("run abcdefabcdef sent: ");
    } finally {
      System.clearProperty(link);
    }
    for (String file :
        List.of(
            "adapter_config.json", "adapter_model.safetensors", "experts/0/adapter_config.json")) {
      assertThat(mlflow.files().keySet()).anyMatch(sent -> sent.endsWith("/adapter/" + file));
    }
  }

  @Test
  void nightsWithoutVersionsAreSentAsRuns() throws IOException {
    DoneRun.write(run, "weights", 2, "tracking.mlflow=" + mlflow.address());
    Files.writeString(folder.resolve("night.json"), "{}");

    assertThat(CommandRun.of("track", folder.toString()).endedWith(0).out())
        .contains("run abcdefabcdef sent: ", "MLflow     has all of " + folder);
  }

  @Test
  void whatCannotBeSentSaysWhy() throws IOException {
    String empty = Files.createDirectory(folder.resolve("empty")).toString();
    assertThat(CommandRun.of("track", empty).endedWith(2).error())
        .isEqualTo(
            "Nothing to send lies at %s: it holds neither result.json nor night.json nor registry.json;"
                + " name a run folder, a folder of nights or a registry",
            empty);
    DoneRun.write(run, "weights", 2);
    assertThat(CommandRun.of("track", run.toString()).endedWith(2).error())
        .isEqualTo(
            "Cannot send %s: its recipe names no server (tracking.mlflow); name one with --to"
                + " http://HOST:PORT",
            run);
    assertThat(
            CommandRun.of("track", run.toString(), "--to", "http://me:hunter2@host")
                .endedWith(2)
                .error())
        .startsWith(
            "Cannot send to MLflow: \"http://host\" is no address of an MLflow server (must be http:// or https://")
        .doesNotContain("hunter2");
    assertThat(CommandRun.of("track", run.toString(), "--to", "mlflow:5000").endedWith(2).error())
        .startsWith("Cannot send to MLflow: \"mlflow:5000\" is no address of an MLflow server");
    mlflow.breakBy(request -> new FakeMlflow.Answer(502, ""));
    assertThat(
            CommandRun.of("track", run.toString(), "--to", mlflow.address()).endedWith(6).error())
        .isEqualTo(
            "Cannot send to MLflow at %s: it answers HTTP 502; run the same command again later",
            mlflow.address());
    Files.writeString(run.resolve("result.json"), "{\"status\": \"failed\"}");
    assertThat(CommandRun.of("track", run.toString()).endedWith(2).error())
        .startsWith("The run in " + run + " has not succeeded, so there is nothing to send of it");
    Files.writeString(folder.resolve("night.json"), "{}");
    assertThat(CommandRun.of("track", folder.toString()).endedWith(2).error())
        .startsWith("Nothing to send lies at " + folder + ": no run of a night is done there");
  }
}
