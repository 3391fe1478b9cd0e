package dev.rankwise.datasets.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.datasets.prepare.WordTokenizer;
import dev.rankwise.models.tokenizer.SpecialTokens;
import dev.rankwise.models.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TestEndTokens {
  private final Tokenizer tokenizer = new WordTokenizer();
  private final int mark = tokenizer.encode("<|im_end|>", SpecialTokens.LEFT_OUT).id(0);

  @TempDir private Path folder;

  @BeforeEach
  void writeTheBase() throws IOException {
    write("tokenizer_config.json", "{\"bos_token\":\"w1\",\"eos_token\":\"w2\"}");
    write("config.json", "{\"eos_token_id\":2,\"bos_token_id\":1,\"pad_token_id\":null}");
  }

  @Test
  void theFormatsMarkStandsBesideTheBasesOwnEnd() throws IOException {
    assertThat(write("chatml")).hasValueSatisfying(ids -> assertThat(ids).containsExactly(2, mark));

    assertThat(Files.readString(file()).replaceAll("\\s", ""))
        .isEqualTo("{\"bos_token_id\":1,\"eos_token_id\":[2,%s]}".formatted(mark));
  }

  @Test
  void whatTheFileSaysBesidesStays() throws IOException {
    write("generation_config.json", "{\"eos_token_id\":[2,5],\"temperature\":0.6}");

    assertThat(write("chatml"))
        .hasValueSatisfying(ids -> assertThat(ids).containsExactly(2, 5, mark));

    assertThat(Files.readString(file()).replaceAll("\\s", ""))
        .isEqualTo("{\"eos_token_id\":[2,5,%s],\"temperature\":0.6}".formatted(mark));
  }

  @Test
  void aBaseThatEndsThereAnywayIsLeftAsItIs() throws IOException {
    assertThat(write("none")).isEmpty();
    assertThat(file()).doesNotExist();

    write("generation_config.json", "{\"eos_token_id\":[%s,2]}".formatted(mark));
    assertThat(write("chatml")).isEmpty();
    assertThat(Files.readString(file())).doesNotContain(" ");
  }

  private Optional<List<Integer>> write(String format) {
    return EndTokens.write(folder, PromptTokens.of(folder, tokenizer, Optional.of(format)));
  }

  private Path file() {
    return folder.resolve("generation_config.json");
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }
}
