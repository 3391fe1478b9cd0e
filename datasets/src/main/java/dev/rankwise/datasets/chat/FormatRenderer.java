package dev.rankwise.datasets.chat;

import dev.rankwise.models.failure.UserInputException;
import java.util.Map;
import java.util.Objects;

/**
 * A format of the closed list, with the marks of the tokenizer that reads it.
 *
 * @param format the format
 * @param tokens the tokenizer's marks
 */
public record FormatRenderer(ChatFormat format, TextMarks tokens) implements ChatRenderer {
  public FormatRenderer {
    Objects.requireNonNull(format, "format");
    if (format.needsEndMark() && tokens.end().isEmpty()) {
      throw new UserInputException(
          ("Cannot use chat format \"%s\": its answers end with the tokenizer's end mark, and the"
                  + " base names none; add eos_token to the base's tokenizer_config.json, or name"
                  + " another format in data.chat-format")
              .formatted(format.label()));
    }
  }

  @Override
  public RenderedChat render(Conversation conversation) {
    return format.render(conversation, tokens);
  }

  @Override
  public String prompt(Conversation conversation) {
    return format.renderPrompt(conversation, tokens).text();
  }

  @Override
  public Map<String, String> described() {
    return Map.of("chat-format", format.label());
  }
}
