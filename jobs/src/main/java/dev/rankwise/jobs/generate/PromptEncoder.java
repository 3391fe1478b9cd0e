package dev.rankwise.jobs.generate;

import dev.rankwise.datasets.chat.ChatFormat;
import dev.rankwise.datasets.chat.ChatRenderer;
import dev.rankwise.datasets.chat.Conversation;
import dev.rankwise.datasets.chat.Role;
import dev.rankwise.datasets.chat.Turn;
import dev.rankwise.datasets.chat.UnusableRow;
import dev.rankwise.datasets.prepare.BaseChat;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.tokenizer.SpecialTokens;
import dev.rankwise.models.tokenizer.TextEncoding;
import dev.rankwise.models.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Prompts to token ids. A rendered conversation brings its own marks; a bare text gets those that
 * the tokenizer puts around one.
 *
 * @param tokenizer empty where the base has none: then prompts are ids
 * @param renderer empty where texts are taken as they are
 */
record PromptEncoder(Optional<Tokenizer> tokenizer, Optional<ChatRenderer> renderer) {
  private static final String TEMPLATE = "template";
  private static final String NONE = "none";

  /**
   * The encoder of a base.
   *
   * @param format {@value #TEMPLATE}, {@value #NONE}, or a known format; by default the base's
   *     template if it has one
   */
  static PromptEncoder of(Path base, Optional<Tokenizer> tokenizer, Optional<String> format) {
    if (tokenizer.isEmpty()) {
      return new PromptEncoder(tokenizer, Optional.empty());
    }
    BaseChat chat = new BaseChat(base, tokenizer.get());
    String named = format.orElseGet(() -> chat.hasTemplate() ? TEMPLATE : NONE);
    return new PromptEncoder(
        tokenizer,
        switch (named) {
          case NONE -> Optional.empty();
          case TEMPLATE -> Optional.of(chat.template());
          default -> Optional.of(chat.format(ChatFormat.named(named)));
        });
  }

  /**
   * The token ids of a prompt.
   *
   * @param number its place among the prompts, from 1, for messages
   */
  int[] encode(Prompt prompt, int number) {
    if (prompt.content() instanceof Prompt.Ids given) {
      return given.ids().stream().mapToInt(Integer::intValue).toArray();
    }
    if (tokenizer.isEmpty()) {
      throw new UserInputException(
          "Cannot read prompt %s: the base has no tokenizer; put its tokenizer.json into its folder, or"
                  .formatted(number)
              + " give token ids");
    }
    if (prompt.content() instanceof Prompt.Text given) {
      if (given.text().isBlank()) {
        throw new UserInputException(
            "Cannot go on after prompt %s: it is empty (write something into it)"
                .formatted(number));
      }
      if (renderer.isEmpty()) {
        return ids(given.text(), SpecialTokens.INCLUDED);
      }
      return rendered(new Conversation(List.of(Turn.of(Role.USER, given.text()))), number);
    }
    return rendered(((Prompt.Turns) prompt.content()).conversation(), number);
  }

  private int[] rendered(Conversation conversation, int number) {
    if (renderer.isEmpty()) {
      throw new UserInputException(
          "Cannot put the messages of prompt %s to the model: no chat format says how; name one with"
                  .formatted(number)
              + " --chat-format");
    }
    try {
      return ids(renderer.get().prompt(conversation), SpecialTokens.LEFT_OUT);
    } catch (UnusableRow e) {
      throw new DataException(
          "Cannot put prompt %s to the model: the chat format has no place for it (%s); mend it or name"
                  .formatted(number, e.reason().name().toLowerCase(Locale.ROOT).replace('_', ' '))
              + " another --chat-format",
          e);
    }
  }

  private int[] ids(String text, SpecialTokens special) {
    TextEncoding encoding = tokenizer.orElseThrow().encode(text, special);
    int[] ids = new int[encoding.length()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = encoding.id(i);
    }
    return ids;
  }
}
