package dev.rankwise.datasets.source;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.DataException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TestRequiredColumns {

  @Test
  void presentColumnsPass() {
    assertThatCode(() -> RequiredColumns.require(List.of("a"), List.of("b", "a"), "\"x.csv\""))
        .doesNotThrowAnyException();
  }

  @Test
  void missingColumnIsNamedWithThosePresentAndTheNearest() {
    assertThatThrownBy(
            () ->
                RequiredColumns.require(
                    List.of("text", "lable"), List.of("id", "text", "label"), "\"x.csv\""))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot read column \"lable\" of \"x.csv\": the columns there are \"id\", \"text\","
                + " \"label\"; did you mean \"label\"?");
  }

  @Test
  void withoutANearNameTheRemedyIsGeneral() {
    assertThatThrownBy(() -> RequiredColumns.require(List.of("topic"), List.of(), "the query"))
        .hasMessage(
            "Cannot read column \"topic\" of the query: the columns there are none; name one of"
                + " them");
  }

  @Test
  void aWideTableIsNotListedWhole() {
    List<String> columns = IntStream.range(0, 100).mapToObj(i -> "column-" + i).toList();

    assertThatThrownBy(() -> RequiredColumns.require(List.of("topic"), columns, "\"x\""))
        .hasMessageContaining("\"column-29\" and 70 more;")
        .hasMessageNotContaining("column-30");
  }
}
