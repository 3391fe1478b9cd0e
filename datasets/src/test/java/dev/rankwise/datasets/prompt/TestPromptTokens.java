package dev.rankwise.datasets.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.chat.Conversation;
import dev.rankwise.datasets.chat.Role;
import dev.rankwise.datasets.chat.Turn;
import dev.rankwise.datasets.prepare.WordTokenizer;
import dev.rankwise.models.failure.UserInputException;
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

final class TestPromptTokens {
  private final Tokenizer tokenizer = new WordTokenizer();

  @TempDir private Path folder;

  @BeforeEach
  void nameTheMarks() throws IOException {
    write("tokenizer_config.json", "{\"bos_token\":\"w1\",\"eos_token\":\"w2\"}");
    write("config.json", "{\"eos_token_id\":2}");
  }

  @Test
  void anAnswerEndsWithTheMarkOfItsFormatToo() {
    PromptTokens chatml = tokens(Optional.of("chatml"));

    int mark = tokenizer.encode("<|im_end|>", SpecialTokens.LEFT_OUT).id(0);
    assertThat(chatml.endIds(folder)).containsExactly(2, mark);
    assertThat(chatml.endTexts()).isEmpty();
  }

  @Test
  void aMarkOfSeveralTokensIsAText() throws IOException {
    write("chat_template.jinja", "{% for m in messages %}{{ m.content }} THE END {% endfor %}");

    assertThat(tokens(Optional.empty()).endTexts()).containsExactly("THE END");
    assertThat(tokens(Optional.empty()).endIds(folder)).containsExactly(2);
  }

  @Test
  void textsThatAreTakenAsTheyAreEndAsTheBaseSays() {
    PromptTokens none = tokens(Optional.of("none"));

    assertThat(none.endIds(folder)).containsExactly(2);
    assertThat(none.endTexts()).isEmpty();
    assertThat(none.of("a b")).containsExactly(tokenizer.encode("a b", 10));
    Conversation asked = new Conversation(List.of(Turn.of(Role.USER, "a")));
    assertThatThrownBy(() -> none.of(asked))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Cannot put messages to the model: no chat format says how");
  }

  private PromptTokens tokens(Optional<String> format) {
    return PromptTokens.of(folder, tokenizer, format);
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }
}
