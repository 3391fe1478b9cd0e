package dev.rankwise.datasets.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.chat.ChatFormat;
import dev.rankwise.datasets.chat.Conversation;
import dev.rankwise.datasets.chat.Role;
import dev.rankwise.datasets.chat.TextMarks;
import dev.rankwise.datasets.chat.Turn;
import dev.rankwise.datasets.prepare.WordTokenizer;
import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TestBaseChat {
  private static final Conversation ASK =
      new Conversation(List.of(Turn.of(Role.USER, "ask"), Turn.of(Role.ASSISTANT, "tell")));

  @TempDir private Path folder;

  @Test
  void marksAreSpelledAsTheTokenizerDoes() throws IOException {
    write("tokenizer_config.json", "{\"bos_token\":\"w1\",\"eos_token\":{\"content\":\"w2\"}}");

    assertThat(chat().marks()).isEqualTo(new TextMarks("w1", "w2", "w1"));
  }

  @Test
  void aStartThatTheTokenizerDoesNotPutIsNoOpening() throws IOException {
    write("tokenizer_config.json", "{\"bos_token\":\"w9\",\"eos_token\":\"w2\"}");

    assertThat(chat().marks()).isEqualTo(new TextMarks("w9", "w2", ""));
  }

  @Test
  void aBaseMayNameNoMarks() throws IOException {
    write("tokenizer_config.json", "{\"clean\":true}");

    assertThat(chat().marks()).isEqualTo(new TextMarks("", "", ""));
    assertThatThrownBy(() -> chat().format(ChatFormat.PLAIN))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("add eos_token to the base's tokenizer_config.json");
  }

  @Test
  void theFileOfTheTemplateGoesFirst() throws IOException {
    write("tokenizer_config.json", "{\"chat_template\":\"{{ 1 + }}\"}");
    write("chat_template.jinja", "{% for m in messages %}{{ m.content }};{% endfor %}");

    assertThat(chat().template().render(ASK).text()).isEqualTo("ask;tell;");
  }

  @Test
  void theConfigurationMayHoldOneTemplateOrSeveral() throws IOException {
    write("tokenizer_config.json", "{\"chat_template\":\"{% for m in messages %}x{% endfor %}\"}");
    assertThat(chat().template().render(ASK).text()).isEqualTo("xx");

    write(
        "tokenizer_config.json",
        "{\"chat_template\":[{\"name\":\"tool_use\",\"template\":\"{{\"},"
            + "{\"name\":\"default\",\"template\":\"{% for m in messages %}y{% endfor %}\"}]}");
    assertThat(chat().template().render(ASK).text()).isEqualTo("yy");
  }

  @Test
  void aBaseWithoutATemplateIsToldTheKnownFormats() throws IOException {
    assertThatThrownBy(() -> chat().template())
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("has no chat template of its own")
        .hasMessageEndingWith(
            "name one of the known formats in data.chat-format: chatml, llama2, llama3, mistral,"
                + " gemma, zephyr, phi3, alpaca, plain");
    write("tokenizer_config.json", "{\"chat_template\":[{\"name\":\"rag\",\"template\":\"\"}]}");
    assertThatThrownBy(() -> chat().template()).hasMessageContaining("has no chat template");
  }

  @Test
  void aTemplateOutsideTheLanguageIsNamed() throws IOException {
    write("chat_template.jinja", "{% include 'other' %}");

    assertThatThrownBy(() -> chat().template())
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("line 1 uses {% include %}, which is not read here; name one of");
  }

  private BaseChat chat() {
    return new BaseChat(folder, new WordTokenizer());
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }
}
