package dev.rankwise.datasets.source.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.LocalSpark;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.datasets.source.RowSources;
import dev.rankwise.datasets.source.SourceDescription;
import dev.rankwise.models.failure.ClusterException;
import dev.rankwise.models.failure.UserInputException;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses of databases; what a real one gives is read where one can be started. */
@Tag("spark")
class TestJdbcSource {
  private static final SparkSession SPARK = LocalSpark.session();

  @Test
  void addressAndTableAreDescribedAndNothingTellsOfChange() {
    SourceDescription described =
        RowSources.at(" jdbc:postgresql://db:5432/shop?sslmode=require#public.tickets ")
            .describe(SPARK);

    assertThat(described)
        .isEqualTo(
            new SourceDescription(
                "jdbc",
                "jdbc:postgresql://db:5432/shop?sslmode=require#public.tickets",
                "unknown"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://db/shop?user=me&password=c4nary#t",
        "jdbc:postgresql://db/shop?sslpassword=c4nary#t",
        "jdbc:sqlserver://db;databaseName=shop;password=c4nary#t",
        "jdbc:postgresql://me:c4nary@db/shop#t",
        "jdbc:oracle:thin:me/c4nary@db:1521:shop#t"
      })
  void passwordInAnAddressIsRefusedAndNotRepeated(String location) {
    assertThatThrownBy(() -> RowSources.at(location))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("leave it out, and set RANKWISE_JDBC_USER and RANKWISE_JDBC_PASSWORD")
        .hasMessageNotContaining("c4nary");
  }

  @ParameterizedTest
  @ValueSource(strings = {"jdbc:postgresql://db/shop", "jdbc:postgresql://db/shop#", "jdbc:#t"})
  void addressWithoutATableIsRefused(String location) {
    assertThatThrownBy(() -> RowSources.at(location))
        .isInstanceOf(UserInputException.class)
        .hasMessageEndingWith("write it like jdbc:postgresql://host/database#schema.table");
  }

  @Test
  void driverThatIsNotThereIsAskedFor() {
    assertThatThrownBy(
            () ->
                RowSources.at("jdbc:nothing://db/shop#t")
                    .rows(SPARK, List.of("text"), RowLimits.defaults()))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith(
            "Cannot read table \"t\" of \"jdbc:nothing://db/shop\": no driver on the class path");
  }

  @Test
  void databaseThatCannotBeReachedMayBeTriedAgain() {
    assertThatThrownBy(
            () ->
                RowSources.at("jdbc:postgresql://127.0.0.1:1/shop?connectTimeout=5#t")
                    .rows(SPARK, List.of("text"), RowLimits.defaults()))
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("the database cannot be reached (")
        .hasMessageEndingWith("see that it runs, and try again");
  }
}
