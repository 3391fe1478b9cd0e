package dev.rankwise.jobs.nightly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.jobs.session.FailureReport;
import dev.rankwise.jobs.session.JsonFile;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.FailureCode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TestNight {
  private static final Instant THEN = Instant.parse("2026-03-01T02:00:00Z");
  private static final Night BEGUN = Night.begun("r", "d", "b", OptionalInt.of(4), THEN);

  @Test
  void theKeyIsOfRecipeRowsAndBase() {
    assertThat(BEGUN.runKey()).isEqualTo(Night.key("r", "d", "b")).hasSize(64);
    assertThat(Night.key("r2", "d", "b")).isNotEqualTo(BEGUN.runKey());
    assertThat(Night.key("r", "d2", "b")).isNotEqualTo(BEGUN.runKey());
    assertThat(Night.key("r", "d", "b2")).isNotEqualTo(BEGUN.runKey());
    assertThat(BEGUN.runKey()).startsWith(BEGUN.shortKey());
  }

  @Test
  void whatIsWrittenIsRead() {
    Night night = BEGUN.with(NightStep.PREPARE, "40 rows", THEN.plusSeconds(9));
    assertThat(read(JsonFile.text(night.fields()))).isEqualTo(night);
    Night other = Night.begun("r", "d", "b", OptionalInt.empty(), THEN);
    assertThat(read(JsonFile.text(other.fields()))).isEqualTo(other);
  }

  @Test
  void itIsWholeWithItsLastStep() {
    Night night = BEGUN;
    for (NightStep step : NightStep.all()) {
      assertThat(night.isWhole()).isFalse();
      assertThat(night.isDone(step)).isFalse();
      night = night.with(step, "done", THEN);
      assertThat(night.isDone(step)).isTrue();
    }
    assertThat(night.isWhole()).isTrue();
    assertThat(night.goesOn("r", "b")).isFalse();
  }

  @Test
  void whatWasCutShortGoesOnForTheSameRecipeAndBase() {
    assertThat(BEGUN.goesOn("r", "b")).isTrue();
    assertThat(BEGUN.goesOn("r2", "b")).isFalse();
    assertThat(BEGUN.goesOn("r", "b2")).isFalse();
  }

  @ParameterizedTest
  @EnumSource(FailureCode.class)
  void whatFailedByItselfIsBegunAnewWithTheRowsOfThen(FailureCode code) {
    boolean cutShort =
        switch (code) {
          case CLUSTER_UNABLE, RUN_HELD, HUNG_UP, INTERRUPTED, TERMINATED -> true;
          default -> false;
        };
    Night failed = BEGUN.failed(new FailureReport(code, "why"), THEN);

    assertThat(failed.goesOn("r", "b")).isEqualTo(cutShort);
    assertThat(failed.message()).isEqualTo("why");
    assertThat(failed.running(THEN).goesOn("r", "b")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{\"format\": \"rankwise-night\", \"layout\": 2}", "[]"})
  void otherFilesAreRefused(String text) {
    assertThatThrownBy(() -> read(text)).isInstanceOf(CorruptFileException.class);
  }

  @Test
  void changedFilesAreRefused() {
    String text = JsonFile.text(BEGUN.with(NightStep.PREPARE, "x", THEN).fields());
    for (String other :
        new String[] {
          text.replace("\"prepare\"", "\"dream\""),
          text.replace("2026-03-01T02:00:00Z", "at two"),
          text.replace(BEGUN.runKey(), "short")
        }) {
      assertThat(other).isNotEqualTo(text);
      assertThatThrownBy(() -> read(other))
          .isInstanceOf(CorruptFileException.class)
          .hasMessage(
              "Cannot read night.json: it does not say how far a night is (it must be as it was"
                  + " written); remove it to begin the night anew, from the run and the versions"
                  + " that are there");
    }
  }

  private static Night read(String text) {
    return Night.read(text.getBytes(StandardCharsets.UTF_8), "night.json");
  }
}
