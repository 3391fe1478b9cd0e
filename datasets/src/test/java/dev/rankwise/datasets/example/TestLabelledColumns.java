package dev.rankwise.datasets.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.UserInputException;
import org.junit.jupiter.api.Test;

class TestLabelledColumns {

  @Test
  void keyIsReadOnlyWhereThereIsOne() {
    LabelledColumns columns = LabelledColumns.of("gloss", "category");

    assertThat(columns.names()).containsExactly("gloss", "category");
    assertThat(columns.isKeyed()).isFalse();
    assertThat(columns.keyedBy("id").names()).containsExactly("gloss", "category", "id");
    assertThat(columns.keyedBy("id").isKeyed()).isTrue();
  }

  @Test
  void textAndLabelMustBeNamed() {
    assertThatThrownBy(() -> LabelledColumns.of("", "label"))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Invalid columns: text \"\", label \"label\" (both must be named); set"
                + " data.text-column and data.label-column");
  }

  @Test
  void oneColumnCannotServeTwice() {
    assertThatThrownBy(() -> LabelledColumns.of("text", "label").keyedBy("text"))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Invalid columns: text \"text\", label \"label\", key \"text\" (must be different"
                + " columns); name each one's own");
  }
}
