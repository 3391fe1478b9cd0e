package dev.rankwise.jobs.registry;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.datasets.shard.ExampleKind;
import dev.rankwise.jobs.conf.OutputSection.Tracking;
import dev.rankwise.jobs.conf.SparkSection;
import dev.rankwise.jobs.mlflow.DoneRun;
import dev.rankwise.jobs.mlflow.FakeMlflow;
import dev.rankwise.jobs.mlflow.Tracker;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.models.format.Sha256;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An MLflow server has what a registry has. */
final class TestRegistryMirror {
  private static final SparkSection SPARK = new SparkSection(new TreeMap<>());

  @TempDir Path folder;
  private FakeMlflow mlflow;
  private FolderRegistry registry;

  @BeforeEach
  void start() throws IOException {
    mlflow = new FakeMlflow();
    registry =
        FolderRegistry.of(
            folder.resolve("registry").toString(), "tickets", SPARK, Clock.systemUTC());
  }

  @AfterEach
  void stop() {
    mlflow.close();
  }

  private static String key(int night) {
    return Sha256.ofText("night " + night);
  }

  private Path run(int night) {
    return folder.resolve("runs").resolve(key(night).substring(0, VersionCard.KEY_DIGITS));
  }

  /** A night up to its last step but promotion. */
  private void night(int night) throws IOException {
    String sha256 =
        DoneRun.write(run(night), "weights of " + night, 2, "tracking.mlflow=" + mlflow.address());
    VersionCard card =
        new VersionCard(
            key(night),
            "r5",
            "d5",
            "minilm",
            "b5",
            sha256,
            ExampleKind.LABELLED,
            List.of("a", "b"),
            OptionalInt.empty(),
            new TreeMap<>(Map.of("accuracy", 0.75)));
    registry.register(new NewVersion(card, staging -> copy(run(night), staging)));
  }

  /** A version keeps neither steps nor report. */
  private static void copy(Path run, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(run)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path copy = to.resolve(run.relativize(file).toString());
        if (!List.of("metrics.jsonl", "report.html").contains(file.getFileName().toString())) {
          Files.createDirectories(copy.getParent());
          Files.copy(file, copy);
        }
      }
    }
  }

  private String send() {
    ByteArrayOutputStream told = new ByteArrayOutputStream();
    RunContext context =
        new RunContext(
            new PrintStream(told, true, StandardCharsets.UTF_8), Clock.systemUTC(), false);
    Tracking tracking =
        new Tracking(mlflow.address(), "rankwise", "tickets", Duration.ofSeconds(5));
    RegistryMirror mirror = new RegistryMirror(registry, Optional.of(folder.toString()), SPARK);
    Tracker.of(tracking, context)
        .orElseThrow()
        .afterwards(folder.toString(), "the next night, or by ", mirror::send);
    return told.toString(StandardCharsets.UTF_8);
  }

  private static Map<String, String> tags(JsonNode version) {
    Map<String, String> tags = new TreeMap<>();
    version
        .path("tags")
        .forEach(tag -> tags.put(tag.path("key").asText(), tag.path("value").asText()));
    return tags;
  }

  @Test
  void versionsAndAliasesAreThere() throws IOException {
    night(1);
    registry.promote(1, "night");
    night(2);

    assertThat(send())
        .contains("MLflow     version 1 is version 1 of model tickets there")
        .contains("MLflow     candidate is version 2 there", "champion is version 1 there");

    assertThat(mlflow.versions()).hasSize(2);
    JsonNode second = mlflow.versions().get(1);
    assertThat(second.path("name").asText()).isEqualTo("tickets");
    assertThat(second.path("run_id").asText()).isEqualTo("run2");
    assertThat(second.path("source").asText())
        .isEqualTo("mlflow-artifacts:/1/run2/artifacts/adapter");
    assertThat(tags(second))
        .containsEntry("rankwise.run_key", key(2))
        .containsEntry("rankwise.version", "2")
        .containsEntry("rankwise.base_sha256", "b5")
        .containsEntry(
            "rankwise.adapter_sha256", registry.versions().get(1).card().adapterSha256());
    assertThat(mlflow.runs().get(1).path("data").path("tags"))
        .anyMatch(tag -> tag.path("value").asText().equals(key(2)));
    assertThat(mlflow.aliases()).isEqualTo(Map.of("candidate", "2", "champion", "1"));
  }

  @Test
  void whatIsThereIsNotSentAgainAndAliasesFollow() throws IOException {
    night(1);
    registry.promote(1, "night");
    night(2);
    registry.promote(2, "night");
    send();

    assertThat(send()).isEmpty();
    assertThat(mlflow.versions()).hasSize(2);

    RegisteredVersion unused = registry.rollBack();
    assertThat(send()).isEqualToIgnoringNewLines("MLflow     champion is version 1 there");
    assertThat(mlflow.aliases()).isEqualTo(Map.of("candidate", "2", "champion", "1"));
  }

  @Test
  void nightsOfWhichTheServerDidNotHearAreSentByTheNextOne() throws IOException {
    night(1);
    mlflow.breakBy(request -> new FakeMlflow.Answer(503, ""));
    assertThat(send())
        .startsWith("Not sent   to MLflow at ")
        .contains("is sent by the next night, or by rankwise track " + folder);
    night(2);
    mlflow.breakBy(request -> null);

    assertThat(send())
        .contains("version 1 is version 1 of", "version 2 is version 2 of")
        .contains("candidate is version 2 there");
  }

  @Test
  void versionWhoseRunFolderIsGoneIsSentWithoutSteps() throws IOException {
    night(1);
    try (Stream<Path> files = Files.walk(run(1))) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }

    assertThat(send())
        .contains("Note: its run folder is gone, so it has neither figures by step nor a report")
        .contains("version 1 is version 1 of model tickets there");
    assertThat(mlflow.files().keySet()).anyMatch(it -> it.endsWith("adapter_model.safetensors"));
  }

  /** Another run took the place of the one that made the version. */
  @Test
  void versionIsSentWithItsOwnAdapter() throws IOException {
    night(1);
    Files.writeString(run(1).resolve("adapter/adapter_model.safetensors"), "of another");
    String result = Files.readString(run(1).resolve("result.json"));
    Files.writeString(
        run(1).resolve("result.json"),
        result.replace(
            registry.versions().get(0).card().adapterSha256(), Sha256.ofText("of another")));

    assertThat(send()).contains("version 1 is version 1 of model tickets there");
    assertThat(mlflow.files().get("1/run1/artifacts/adapter/adapter_model.safetensors"))
        .asString()
        .isEqualTo("weights of 1");
  }

  @Test
  void runThatBecameNoVersionIsSentToo() throws IOException {
    night(1);
    DoneRun.write(folder.resolve("runs/abcdefabcdef"), "worse", 2);

    assertThat(send()).contains("run abcdefabcdef sent: ");
    assertThat(mlflow.runs()).hasSize(2);
    assertThat(mlflow.versions()).hasSize(1);
    assertThat(send()).isEmpty();
  }

  @Test
  void versionsWithoutTheirFilesAreNotRegistered() throws IOException {
    night(1);
    mlflow.keepFilesAt("s3://bucket/");

    assertThat(send())
        .contains("Note: its files are not sent")
        .contains("MLflow     1 version not registered there for want of their files");
    assertThat(mlflow.versions()).isEmpty();
    assertThat(mlflow.aliases()).isEmpty();
  }

  @Test
  void lostVersionIsTold() throws IOException {
    night(1);
    Files.delete(run(1).resolve("result.json"));
    Files.delete(Path.of(registry.versions().get(0).address(), "result.json"));

    assertThat(send())
        .contains("Not sent   ", "Cannot send version 1: neither its folder ")
        .contains("put a copy of the folder back");
  }
}
