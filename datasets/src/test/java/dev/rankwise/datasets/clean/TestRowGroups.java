package dev.rankwise.datasets.clean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.LocalSpark;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.datasets.source.RowSources;
import dev.rankwise.models.failure.DataException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("spark")
final class TestRowGroups {
  private static final SparkSession SPARK = LocalSpark.session();

  @Test
  void rowsAreCountedByValueInOrder() {
    RowGroups groups = groups(10, "b", "a", null, "b", "", "ä", "b ");

    assertThat(groups.rows())
        .containsExactly(
            Map.entry("a", 1L), Map.entry("b", 2L), Map.entry("b ", 1L), Map.entry("ä", 1L));
    assertThat(groups.without()).isEqualTo(2);
  }

  @Test
  void textThatIsNoUtf8HasNoGroup() {
    byte[] broken = {(byte) 0xc3, '('};

    RowGroups groups = groups(10, "a", broken);

    assertThat(groups.rows()).containsExactly(Map.entry("a", 1L));
    assertThat(groups.without()).isEqualTo(1);
  }

  @Test
  void columnOfTooManyValuesOrOfLongOnesIsRefused() {
    assertThat(groups(3, "a", "b", "c", null).rows()).hasSize(3);
    assertThatThrownBy(() -> groups(3, "a", "b", "c", "d"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Cannot tell rows apart by column \"who\": it has more than 3 values; name one of names, such"
                + " as a customer's");
    String secret = "secret".repeat(40);
    assertThat(groups(3, "x".repeat(RowGroups.MOST_BYTES)).rows()).hasSize(1);
    assertThatThrownBy(() -> groups(3, "a", secret))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("it has a value of more than 200 bytes")
        .hasMessageNotContaining("secret");
  }

  private static RowGroups groups(int most, Object... values) {
    List<Row> rows = new ArrayList<>();
    for (Object value : values) {
      Object bytes = value instanceof String text ? text.getBytes(StandardCharsets.UTF_8) : value;
      rows.add(RowFactory.create(bytes));
    }
    StructType schema = new StructType().add("who", DataTypes.BinaryType);
    return RowGroups.of(
        SPARK,
        RowSources.of(SPARK.createDataFrame(rows, schema), "rows"),
        "who",
        RowLimits.defaults(),
        most);
  }
}
