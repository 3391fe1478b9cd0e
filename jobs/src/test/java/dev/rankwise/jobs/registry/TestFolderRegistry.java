package dev.rankwise.jobs.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.jobs.conf.SparkSection;
import dev.rankwise.models.failure.RankwiseException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TestFolderRegistry {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-03-01T02:00:00Z"), ZoneOffset.UTC);
  private static final SparkSection SPARK = new SparkSection(new TreeMap<>());

  @TempDir Path folder;
  private Path place;
  private FolderRegistry registry;

  @BeforeEach
  void name() {
    place = folder.resolve("registry");
    registry = of("tickets");
  }

  private FolderRegistry of(String model) {
    return FolderRegistry.of(place.toString(), model, SPARK, CLOCK);
  }

  private static NewVersion version(String key) {
    return new NewVersion(
        TestRegistryFile.card(key, OptionalInt.empty()),
        staging -> Files.writeString(staging.resolve("weights"), key));
  }

  @Test
  void whatIsNotThereYetIsEmpty() {
    assertThat(registry.versions()).isEmpty();
    assertThat(registry.at(Alias.CHAMPION)).isEmpty();
    assertThat(place).doesNotExist();
    assertThatThrownBy(() -> FolderRegistry.existing(place.toString(), SPARK, CLOCK))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "No registry lies at %s: it holds no registry.json; name the folder of one", place);
  }

  @Test
  void versionsAreKeptWholeWithTheirAliases() throws IOException {
    RegisteredVersion first = registry.register(version("k1"));
    registry.promote(1, "somebody");
    RegisteredVersion second = registry.register(version("k2"));

    assertThat(first.number()).isEqualTo(1);
    assertThat(first.registered()).isEqualTo(CLOCK.instant());
    assertThat(Path.of(second.address(), "weights")).content().isEqualTo("k2");
    assertThat(Files.readString(Path.of(second.address(), "version.json")))
        .contains("\"run_key\" : \"k2\"");
    assertThat(registry.at(Alias.CANDIDATE)).contains(second);
    assertThat(registry.at(Alias.CHAMPION)).contains(first);
    assertThat(FolderRegistry.existing(place.toString(), SPARK, CLOCK).model())
        .isEqualTo("tickets");
  }

  @Test
  void oneKeyIsOneVersion() {
    RegisteredVersion first = registry.register(version("k1"));
    registry.register(version("k2"));

    assertThat(registry.register(version("k1"))).isEqualTo(first);
    assertThat(registry.versions()).hasSize(2);
  }

  /** As a crash leaves it between the folder and the file that names it. */
  @Test
  void folderThatIsNotNamedYetIsWrittenAgain() throws IOException {
    registry.register(version("k1"));
    Files.delete(place.resolve("registry.json"));

    assertThat(registry.register(version("k1")).number()).isEqualTo(1);
    assertThat(registry.versions()).hasSize(1);
  }

  @Test
  void nameThatIsTakenIsLeftAlone() throws IOException {
    registry.register(version("k1"));
    Path taken = Files.createDirectory(place.resolve("version-00000002"));
    Files.writeString(taken.resolve("half"), "of somebody");

    assertThatThrownBy(() -> registry.register(version("k2")))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot register version-00000002 in %s: that name is taken by a folder which"
                + " registry.json does not name, left half written or put there by another job; move"
                + " it away",
            place);
    assertThat(taken.resolve("half")).exists();
    Files.writeString(taken.resolve("version.json"), "{");
    assertThatThrownBy(() -> registry.register(version("k2"))).hasMessageContaining("is taken");
    assertThat(registry.versions()).hasSize(1);
  }

  @Test
  void registryOfAnotherModelIsRefused() {
    registry.register(version("k1"));

    assertThatThrownBy(() -> of("mails").requireUsable())
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot use registry %s for model \"mails\": it keeps the versions of model \"tickets\";"
                + " name another folder in nightly.registry, or that model in nightly.model",
            place);
  }

  @Test
  void whatCannotBeWrittenIsToldBeforehand() throws IOException {
    Files.writeString(folder.resolve("registry"), "a file");
    assertThatThrownBy(() -> registry.requireUsable())
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Cannot write to " + place + ": it is a file; ");
    Files.delete(place);
    Files.createDirectory(place);
    Files.writeString(place.resolve("mine.txt"), "of somebody");
    assertThatThrownBy(() -> registry.requireUsable())
        .hasMessageContaining("it holds files that Rankwise did not make");
  }

  @Test
  void runFolderIsNoRegistry() {
    try (RunFolder run = RunFolder.claim(place, CLOCK)) {
      run.commitFile("result.json", new byte[] {'{', '}'});
    }
    assertThatThrownBy(() -> registry.requireUsable())
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot use %s as a registry: it holds result.json, so it is a run folder; name another"
                + " folder",
            place);
  }

  @Test
  void readersNeedNoLock() {
    registry.register(version("k1"));
    registry.promote(1, "somebody");
    try (RunFolder held = RunFolder.claim(place, CLOCK)) {
      assertThat(registry.at(Alias.CHAMPION).orElseThrow().number()).isEqualTo(1);
      assertThat(held.holds("registry.json")).isTrue();
    }
  }

  @Test
  void failedWriterLeavesNoVersion() {
    NewVersion broken =
        new NewVersion(
            TestRegistryFile.card("k1", OptionalInt.empty()),
            staging -> {
              throw new IOException("the disk is full");
            });
    assertThatThrownBy(() -> registry.register(broken)).isInstanceOf(RankwiseException.class);
    assertThat(registry.versions()).isEmpty();
    assertThat(registry.register(version("k1")).number()).isEqualTo(1);
  }
}
