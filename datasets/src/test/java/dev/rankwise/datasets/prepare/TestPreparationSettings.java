package dev.rankwise.datasets.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.example.LabelledColumns;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TestPreparationSettings {
  private static final PreparationSettings SETTINGS =
      PreparationSettings.of(LabelledColumns.of("text", "label"), SplitRule.trainOnly());

  @Test
  void defaultsAreTheDocumentedOnes() {
    assertThat(SETTINGS.maximumTokens()).isEqualTo(256);
    assertThat(SETTINGS.limits()).isEqualTo(RowLimits.defaults());
    assertThat(SETTINGS.labels()).isEmpty();
    assertThat(SETTINGS.unknownLabels()).isEqualTo(UnknownLabels.REJECT);
    assertThat(PreparationSettings.defaultMaximumTokens(512)).isEqualTo(256);
    assertThat(PreparationSettings.defaultMaximumTokens(128)).isEqualTo(128);
  }

  @Test
  void everySettingIsDescribed() {
    assertThat(
            SETTINGS
                .withMaximumTokens(64)
                .withLimits(new RowLimits(99))
                .withLabels(List.of("b", "a"), UnknownLabels.FAIL)
                .described())
        .containsExactly(
            entry("text-column", "text"),
            entry("label-column", "label"),
            entry("key-column", ""),
            entry("split", "all rows train"),
            entry("max-tokens", "64"),
            entry("max-characters", "99"),
            entry("labels", "b\na"),
            entry("unknown-labels", "fail"));
    assertThat(SETTINGS.described())
        .containsEntry("labels", "of the training rows")
        .containsEntry("unknown-labels", "reject");
  }

  @Test
  void tokenLimitMustLeaveRoomForAToken() {
    assertThatThrownBy(() -> SETTINGS.withMaximumTokens(2))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Invalid maximum tokens of an example: 2 (must be in [3, 1048576] and no more than the"
                + " model's positions); set data.max-tokens");
  }

  @Test
  void givenLabelsMustBeALabelSet() {
    assertThatThrownBy(() -> SETTINGS.withLabels(List.of("a", "a"), UnknownLabels.REJECT))
        .isInstanceOf(DataException.class);
  }

  private static Map.Entry<String, String> entry(String key, String value) {
    return Map.entry(key, value);
  }
}
