package dev.rankwise.datasets.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.UserInputException;
import org.junit.jupiter.api.Test;

class TestSourceFormat {

  @Test
  void extensionTellsTheFormat() {
    assertThat(SourceFormat.ofFileName("a.csv")).contains(SourceFormat.CSV);
    assertThat(SourceFormat.ofFileName("a.TSV")).contains(SourceFormat.TSV);
    assertThat(SourceFormat.ofFileName("a.ndjson")).contains(SourceFormat.JSONL);
    assertThat(SourceFormat.ofFileName("part-0.json")).contains(SourceFormat.JSONL);
    assertThat(SourceFormat.ofFileName("part-0.snappy.parquet")).contains(SourceFormat.PARQUET);
  }

  @Test
  void compressionIsSetAside() {
    assertThat(SourceFormat.ofFileName("a.csv.gz")).contains(SourceFormat.CSV);
    assertThat(SourceFormat.ofFileName("a.jsonl.zst")).contains(SourceFormat.JSONL);
    assertThat(SourceFormat.ofFileName("a.gz")).isEmpty();
  }

  @Test
  void otherNamesTellNothing() {
    assertThat(SourceFormat.ofFileName("csv")).isEmpty();
    assertThat(SourceFormat.ofFileName("notes.txt")).isEmpty();
  }

  @Test
  void nameInARecipeIsTheExtension() {
    assertThat(SourceFormat.named("jsonl")).isEqualTo(SourceFormat.JSONL);
    assertThat(SourceFormat.named("JSON")).isEqualTo(SourceFormat.JSONL);
    assertThat(SourceFormat.PARQUET.label()).isEqualTo("parquet");
  }

  @Test
  void unknownNameIsRefused() {
    assertThatThrownBy(() -> SourceFormat.named("xlsx"))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Unknown data format \"xlsx\" (must be csv, tsv, jsonl, parquet, orc or text); name one of"
                + " them or leave it out to go by the file extension");
  }
}
