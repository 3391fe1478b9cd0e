package dev.rankwise.models.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.CorruptFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestBoundaryTokens {
  @TempDir Path folder;
  private Tokenizer tokenizer;

  @BeforeEach
  void open() throws IOException {
    tokenizer =
        HuggingFaceTokenizer.open(
            SmallTokenizers.byteLevel(
                folder, List.of("t h"), List.of("<s>", "</s>", "<pad>", "<|turn|>")));
  }

  @AfterEach
  void close() {
    tokenizer.close();
  }

  @Test
  void spellingsComeFromTheTokenizersConfiguration() throws IOException {
    write(
        "tokenizer_config.json",
        "{\"bos_token\": \"<s>\", \"eos_token\": {\"content\": \"</s>\"}}");
    write("special_tokens_map.json", "{\"eos_token\": \"<s>\", \"pad_token\": \"<pad>\"}");
    write("generation_config.json", "{\"eos_token_id\": [260, 258], \"pad_token_id\": 3}");
    write("config.json", "{\"eos_token_id\": 7}");
    assertThat(BoundaryTokens.of(folder, tokenizer))
        .isEqualTo(
            new BoundaryTokens(
                OptionalInt.of(257), OptionalInt.of(258), OptionalInt.of(259), List.of(258, 260)));
  }

  @Test
  void idsStandInForSpellings() throws IOException {
    write("generation_config.json", "{\"eos_token_id\": 260, \"pad_token_id\": -1}");
    write("config.json", "{\"bos_token_id\": 257, \"eos_token_id\": 7, \"pad_token_id\": null}");
    assertThat(BoundaryTokens.of(folder, tokenizer))
        .isEqualTo(
            new BoundaryTokens(
                OptionalInt.of(257), OptionalInt.of(260), OptionalInt.empty(), List.of(260)));
  }

  @Test
  void theEndTokenStopsWhereNothingElseIsSaid() throws IOException {
    write("tokenizer_config.json", "{\"eos_token\": \"</s>\", \"bos_token\": null}");
    assertThat(BoundaryTokens.of(folder, tokenizer))
        .isEqualTo(
            new BoundaryTokens(
                OptionalInt.empty(), OptionalInt.of(258), OptionalInt.empty(), List.of(258)));
  }

  @Test
  void aFolderThatSaysNothingHasNone() {
    assertThat(BoundaryTokens.of(folder, tokenizer))
        .isEqualTo(
            new BoundaryTokens(
                OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty(), List.of()));
  }

  @Test
  void aTokenThatTheTokenizerDoesNotKnowIsRefused() throws IOException {
    write("tokenizer_config.json", "{\"eos_token\": \"<|none|>\\n\"}");
    assertThatThrownBy(() -> BoundaryTokens.of(folder, tokenizer))
        .isInstanceOf(CorruptFileException.class)
        .hasMessage(
            "File %s cannot be used: eos_token is <|none|>? and must be one of the tokens of the"
                + " base's tokenizer; fetch the base again or mend the file",
            folder.resolve("tokenizer_config.json"));
  }

  @Test
  void whatIsNeitherTokenNorIdIsRefused() throws IOException {
    write("tokenizer_config.json", "{\"eos_token\": [\"" + "x".repeat(500) + "\"]}");
    assertThatThrownBy(() -> BoundaryTokens.of(folder, tokenizer))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("… and must be a token;");
    write("tokenizer_config.json", "{}");
    for (String ids : List.of("\"258\"", "[258, 1.5]", "-2", "99999999999")) {
      write("generation_config.json", "{\"eos_token_id\": " + ids + "}");
      assertThatThrownBy(() -> BoundaryTokens.of(folder, tokenizer))
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining("eos_token_id")
          .hasMessageContaining("must be a token id or a list of them");
    }
    write("generation_config.json", "[]");
    assertThatThrownBy(() -> BoundaryTokens.of(folder, tokenizer))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("does not hold a JSON object");
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }
}
