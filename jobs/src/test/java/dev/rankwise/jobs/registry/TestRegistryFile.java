package dev.rankwise.jobs.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.shard.ExampleKind;
import dev.rankwise.jobs.session.JsonFile;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TestRegistryFile {
  private static final Instant THEN = Instant.parse("2026-03-01T02:00:00Z");

  private static final RegistryFile THREE =
      RegistryFile.empty("tickets")
          .with(card("k1", OptionalInt.empty()), THEN)
          .with(card("k2", OptionalInt.of(1)), THEN.plusSeconds(86_400))
          .with(card("k3", OptionalInt.of(2)), THEN.plusSeconds(172_800));

  private static final RegistryFile PROMOTED =
      THREE.promoted(1, "night 1", THEN).promoted(2, "night 2", THEN).promoted(3, "night 3", THEN);

  static VersionCard card(String key, OptionalInt parent) {
    TreeMap<String, Double> figures = new TreeMap<>();
    figures.put("accuracy", 0.75);
    return new VersionCard(
        key,
        "r",
        "d",
        "minilm",
        "b",
        "a-" + key,
        ExampleKind.LABELLED,
        List.of("no", "yes"),
        parent,
        figures);
  }

  @Test
  void aliasesAreTheLastVersionAndTheLastPromotion() {
    assertThat(RegistryFile.empty("tickets").candidate()).isEmpty();
    assertThat(THREE.candidate()).hasValue(3);
    assertThat(THREE.champion()).isEmpty();
    assertThat(THREE.promoted(2, "somebody", THEN).champion()).hasValue(2);
    assertThat(THREE.ofRun("k2").orElseThrow().number()).isEqualTo(2);
    assertThat(THREE.ofRun("k4")).isEmpty();
  }

  @Test
  void promotingTheChampionChangesNothing() {
    assertThat(PROMOTED.promoted(3, "again", THEN)).isSameAs(PROMOTED);
  }

  @Test
  void goingBackTwiceGoesBackTwoVersions() {
    RegistryFile once = PROMOTED.rolledBack(THEN);
    RegistryFile twice = once.rolledBack(THEN);

    assertThat(once.champion()).hasValue(2);
    assertThat(twice.champion()).hasValue(1);
    assertThat(twice.wasPromoted(3)).isTrue();
    assertThatThrownBy(() -> twice.rolledBack(THEN))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot roll back tickets: no version was in use before version 1; name a version with"
                + " --promote");
  }

  @Test
  void whatIsPromotedAfterAWayBackGoesBackToThere() {
    RegistryFile again = PROMOTED.rolledBack(THEN).promoted(3, "somebody", THEN);

    assertThat(again.champion()).hasValue(3);
    assertThat(again.rolledBack(THEN).champion()).hasValue(2);
  }

  @Test
  void aVersionThatIsNotThereIsRefused() {
    assertThatThrownBy(() -> THREE.promoted(4, "somebody", THEN))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot promote version 4 of tickets (must be in [1, 3]); name one that is registered");
    assertThatThrownBy(() -> RegistryFile.empty("x").promoted(1, "somebody", THEN))
        .hasMessageContaining("(there is none)");
    assertThatThrownBy(() -> THREE.rolledBack(THEN))
        .hasMessageContaining("no version was promoted yet");
  }

  @Test
  void whatIsWrittenIsRead() {
    RegistryFile file = PROMOTED.rolledBack(THEN);
    String text = JsonFile.text(file.fields());

    assertThat(RegistryFile.read(text.getBytes(StandardCharsets.UTF_8), "x")).isEqualTo(file);
    assertThat(text).contains("\"aliases\" : {\n    \"candidate\" : 3,\n    \"champion\" : 2\n  }");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rankwise-registry | other             | it is not that of a registry",
        "\"run_key\"       | \"key\"           | an entry of \"versions\" is not whole",
        "\"version\" : 2   | \"version\" : 7   | an entry of \"versions\" is not whole",
        "labelled          | pictures          | an entry of \"versions\" is not whole",
        "2026-03-01T       | noon              | \"registered\" is no time",
        "\"former\" : 1    | \"former\" : 1, x | it is not valid JSON",
      })
  void otherFilesAreRefused(String from, String to, String why) {
    String text = JsonFile.text(PROMOTED.fields()).replace(from, to);

    assertThatThrownBy(() -> RegistryFile.read(text.getBytes(StandardCharsets.UTF_8), "x"))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining(why);
  }

  @Test
  void promotionsOfOtherVersionsAndOtherLayoutsAreRefused() {
    String text = JsonFile.text(THREE.promoted(3, "somebody", THEN).fields());
    String other =
        text.replace("\"version\" : 3,\n      \"former\"", "\"version\" : 4,\n      \"former\"");
    String newer = text.replace("\"layout\" : 1", "\"layout\" : 2");

    assertThat(other).isNotEqualTo(text);
    assertThatThrownBy(() -> RegistryFile.read(other.getBytes(StandardCharsets.UTF_8), "x"))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("a promotion is of version 4, which it lacks");
    assertThatThrownBy(() -> RegistryFile.read(newer.getBytes(StandardCharsets.UTF_8), "x"))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("its layout is 2, and this version of Rankwise knows layout 1");
  }
}
