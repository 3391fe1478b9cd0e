package dev.rankwise.datasets.prompt;

import dev.rankwise.datasets.chat.ChatFormat;
import dev.rankwise.datasets.chat.ChatRenderer;
import dev.rankwise.datasets.chat.Conversation;
import dev.rankwise.datasets.chat.RenderedChat;
import dev.rankwise.datasets.chat.Role;
import dev.rankwise.datasets.chat.Turn;
import dev.rankwise.datasets.chat.UnusableRow;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.tokenizer.BoundaryTokens;
import dev.rankwise.models.tokenizer.SpecialTokens;
import dev.rankwise.models.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Prompts to token ids. A rendered conversation brings its own marks; a bare text gets those that
 * the tokenizer puts around one.
 *
 * @param tokenizer the base's tokenizer
 * @param renderer how a conversation is written; empty where texts are taken as they are
 */
public record PromptTokens(Tokenizer tokenizer, Optional<ChatRenderer> renderer) {
  /** The format that is the base's own template. */
  public static final String TEMPLATE = "template";

  /** The format that takes texts as they are. */
  public static final String NONE = "none";

  public PromptTokens {
    Objects.requireNonNull(tokenizer, "tokenizer");
    Objects.requireNonNull(renderer, "renderer");
  }

  /**
   * What turns prompts into tokens of a base.
   *
   * @param folder the base's folder
   * @param format {@value #TEMPLATE}, {@value #NONE}, or the name of a {@link ChatFormat}; if empty
   *     the base's template where it has one, and else none
   * @throws UserInputException if there is no such format, or the base has no template
   */
  public static PromptTokens of(Path folder, Tokenizer tokenizer, Optional<String> format) {
    BaseChat chat = new BaseChat(folder, tokenizer);
    String named = format.orElseGet(() -> chat.hasTemplate() ? TEMPLATE : NONE);
    return new PromptTokens(
        tokenizer,
        switch (named) {
          case NONE -> Optional.empty();
          case TEMPLATE -> Optional.of(chat.template());
          default -> Optional.of(chat.format(ChatFormat.named(named)));
        });
  }

  /**
   * The name of the format that rendered prepared data.
   *
   * @param described {@code chat-format} among the settings of the data
   */
  public static String formatOf(String described) {
    return described.startsWith(TEMPLATE) ? TEMPLATE : described;
  }

  /** The tokens of a text: of what a user says, where conversations are written in some form. */
  public int[] of(String text) {
    return renderer.isEmpty()
        ? ids(text, SpecialTokens.INCLUDED)
        : of(new Conversation(List.of(Turn.of(Role.USER, text))));
  }

  /**
   * The tokens of a conversation up to where the model answers it.
   *
   * @throws dev.rankwise.datasets.chat.UnusableRow if it has no place in the format
   * @throws UserInputException if no format is given
   */
  public int[] of(Conversation conversation) {
    return ids(written(conversation), SpecialTokens.LEFT_OUT);
  }

  private String written(Conversation conversation) {
    ChatRenderer how =
        renderer.orElseThrow(
            () ->
                new UserInputException(
                    "Cannot put messages to the model: no chat format says how; name one of %s"
                        .formatted(String.join(", ", ChatFormat.labels()))));
    return how.prompt(conversation);
  }

  /**
   * The tokens of a text with pictures: of what a user says, where conversations are written in
   * some form.
   *
   * @param text with a mark for each picture
   */
  public int[] of(String text, PictureMarks marks) {
    return renderer.isEmpty()
        ? marks.encode(tokenizer, text, SpecialTokens.INCLUDED).ids()
        : of(new Conversation(List.of(Turn.of(Role.USER, text))), marks);
  }

  /**
   * The tokens of a conversation with pictures, up to where the model answers it.
   *
   * @param conversation with a mark for each picture
   * @throws dev.rankwise.datasets.chat.UnusableRow if it has no place in the format
   * @throws UserInputException if no format is given
   */
  public int[] of(Conversation conversation, PictureMarks marks) {
    return marks.encode(tokenizer, written(conversation), SpecialTokens.LEFT_OUT).ids();
  }

  /**
   * Ids that end an answer: those of the base, and the mark that ends an answer in the form where
   * it is one token.
   */
  public List<Integer> endIds(Path base) {
    List<Integer> ends = new ArrayList<>(BoundaryTokens.of(base, tokenizer).stops());
    endMark()
        .map(mark -> ids(mark, SpecialTokens.LEFT_OUT))
        .filter(mark -> mark.length == 1 && !ends.contains(mark[0]))
        .ifPresent(mark -> ends.add(mark[0]));
    return List.copyOf(ends);
  }

  /** Texts that end an answer: the mark that does in the form, where it is several tokens. */
  public List<String> endTexts() {
    return endMark()
        .filter(mark -> ids(mark, SpecialTokens.LEFT_OUT).length > 1)
        .map(List::of)
        .orElseGet(List::of);
  }

  /** What training put after an answer. */
  private Optional<String> endMark() {
    if (renderer.isEmpty()) {
      return Optional.empty();
    }
    String answer = "answer";
    List<Turn> turns = List.of(Turn.of(Role.USER, "question"), Turn.of(Role.ASSISTANT, answer));
    RenderedChat chat;
    try {
      chat = renderer.get().render(new Conversation(turns));
    } catch (UnusableRow e) {
      // A template without a sure place for answers can still be written to; it trains none.
      return Optional.empty();
    }
    String text = chat.text();
    int end = text.lastIndexOf(answer) + answer.length();
    return chat.turns().stream()
        .filter(turn -> turn.turn() == 1 && turn.span().end() > end)
        .map(turn -> text.substring(end, turn.span().end()).strip())
        .filter(mark -> !mark.isEmpty())
        .findFirst();
  }

  private int[] ids(String text, SpecialTokens special) {
    return tokenizer.encode(text, special).ids();
  }
}
