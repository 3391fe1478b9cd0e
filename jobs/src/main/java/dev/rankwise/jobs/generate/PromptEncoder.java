package dev.rankwise.jobs.generate;

import dev.rankwise.datasets.chat.Conversation;
import dev.rankwise.datasets.chat.UnusableRow;
import dev.rankwise.datasets.prompt.PromptTokens;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * Prompts as users give them, to token ids.
 *
 * @param tokens empty where the base has no tokenizer: then prompts are ids
 */
record PromptEncoder(Optional<PromptTokens> tokens) {

  /**
   * The encoder of a base.
   *
   * @param format as {@link PromptTokens#of(Path, Tokenizer, Optional)} takes it
   */
  static PromptEncoder of(Path base, Optional<Tokenizer> tokenizer, Optional<String> format) {
    return new PromptEncoder(tokenizer.map(it -> PromptTokens.of(base, it, format)));
  }

  /**
   * The token ids of a prompt.
   *
   * @param number its place among the prompts, from 1, for messages
   * @param output what the prompt is put to, for messages
   */
  int[] encode(Prompt prompt, int number, String output) {
    if (prompt.content() instanceof Prompt.Ids given) {
      return given.ids().stream().mapToInt(Integer::intValue).toArray();
    }
    PromptTokens known =
        tokens.orElseThrow(
            () ->
                new UserInputException(
                    ("Cannot read prompt %s: the base has no tokenizer; put its tokenizer.json into"
                            + " its folder, or give token ids")
                        .formatted(number)));
    if (prompt.content() instanceof Prompt.Text given && given.text().isBlank()) {
      throw new UserInputException(
          "Cannot go on after prompt %s: it is empty (write something into it)".formatted(number));
    }
    try {
      return prompt.content() instanceof Prompt.Text given
          ? known.of(given.text())
          : known.of(conversation(prompt, known, number, output));
    } catch (UnusableRow e) {
      throw new DataException(
          "Cannot put prompt %s to the model: the chat format has no place for it (%s); mend it or name"
                  .formatted(number, e.reason().name().toLowerCase(Locale.ROOT).replace('_', ' '))
              + " another --chat-format",
          e);
    }
  }

  private static Conversation conversation(
      Prompt prompt, PromptTokens known, int number, String output) {
    if (known.renderer().isEmpty()) {
      throw new UserInputException(
          ("Cannot put the messages of prompt %s to the model for output \"%s\": no chat format"
                  + " says how; name one with --chat-format, or for an adapter its run folder")
              .formatted(number, output));
    }
    return ((Prompt.Turns) prompt.content()).conversation();
  }
}
