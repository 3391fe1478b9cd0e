package dev.rankwise.datasets.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.UserInputException;
import org.junit.jupiter.api.Test;

class TestRowLimits {

  @Test
  void defaultIsAMillionCharacters() {
    assertThat(RowLimits.defaults().maximumCharacters()).isEqualTo(1_000_000);
  }

  @Test
  void recordBytesLeaveRoomForTheLongestTextEscaped() {
    assertThat(new RowLimits(1).maximumRecordBytes()).isEqualTo(16 << 20);
    assertThat(new RowLimits(100_000_000).maximumRecordBytes()).isEqualTo(1_200_000_000);
  }

  @Test
  void limitsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new RowLimits(0))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Invalid maximum characters of a row: 0 (must be in [1, 100000000]); set a limit inside"
                + " the range");
    assertThatThrownBy(() -> new RowLimits(100_000_001)).isInstanceOf(UserInputException.class);
  }
}
