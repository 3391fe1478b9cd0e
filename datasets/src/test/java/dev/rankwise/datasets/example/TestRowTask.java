package dev.rankwise.datasets.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.chat.RowForm;
import dev.rankwise.models.failure.UserInputException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TestRowTask {
  private static final int ROWS = 4_000;

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "3, 3, 3", "0.5, 0, 1", "2.25, 2, 3"})
  void rowsComeAsOftenAsTheWeightSaysOnAverage(double weight, int least, int most) {
    RowTask task = task("define", weight);
    long sum = 0;
    for (int row = 0; row < ROWS; row++) {
      int copies = task.copies("row " + row);
      assertThat(copies).isBetween(least, most).isEqualTo(task.copies("row " + row));
      sum += copies;
    }
    // Four deviations of a binomial share.
    assertThat((double) sum / ROWS).isBetween(weight - 0.032, weight + 0.032);
  }

  @Test
  void eachTaskThinsRowsOfItsOwn() {
    RowTask one = task("define", 0.5);
    RowTask other = task("name", 0.5);
    int alike = 0;
    for (int row = 0; row < ROWS; row++) {
      alike += one.copies("row " + row) == other.copies("row " + row) ? 1 : 0;
    }
    assertThat((double) alike / ROWS).isBetween(0.46, 0.54);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, 1000.5, Double.POSITIVE_INFINITY})
  void aWeightThatMeansNothingIsRefused(double weight) {
    assertThatThrownBy(() -> task("define", weight))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Invalid weight of task \"define\": "
                + weight
                + " (must be above 0 and at most 1000); set it in data.tasks");
  }

  @Test
  void aNameThatCannotBeShownIsRefused() {
    assertThatThrownBy(() -> task(" ", 1))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Invalid name of a task: \" \" (must have 1 to 64 characters, none of them a control);"
                + " call it otherwise in data.tasks");
    assertThatThrownBy(() -> task("a\u001b[2J", 1)).hasMessageContaining("name of a task: \"\" (");
    assertThatThrownBy(() -> task("x".repeat(65), 1)).hasMessageContaining("1 to 64 characters");
    assertThat(task("x".repeat(64), 1).name()).hasSize(64);
  }

  private static RowTask task(String name, double weight) {
    return new RowTask(name, new TurnColumns(RowForm.TEXT, Map.of(), ""), weight);
  }
}
