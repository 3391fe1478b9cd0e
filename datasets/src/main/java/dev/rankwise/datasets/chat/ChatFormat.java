package dev.rankwise.datasets.chat;

import dev.rankwise.models.failure.NearestName;
import dev.rankwise.models.failure.UserInputException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * The chat formats that are known by name: a closed list, each as its models were trained with it.
 *
 * <p>A turn's place holds what its speaker says and the mark that ends the turn; white space is
 * trimmed where the models' own templates trim it. A format without turns of the system joins them
 * to the first question. One without turns of a tool, or which needs questions and answers to
 * alternate, fails with {@link UnusableRow} on a conversation that it has no place for.
 */
public enum ChatFormat {
  /** {@code <|im_start|>role … <|im_end|>}. */
  CHATML(
      new HeadedTurns(
          "", "<|im_start|>", "\n", "<|im_end|>", "\n", Names.WITH_TOOL, TextEdges.KEPT),
      "<|im_start|>",
      "<|im_end|>"),
  /** {@code <s>[INST] … [/INST] … </s>}, each exchange with its own start. */
  LLAMA2(new Exchanges(ExchangeStyles.LLAMA2), "<s>", "</s>"),
  /** {@code <|start_header_id|>role<|end_header_id|> … <|eot_id|>}. */
  LLAMA3(
      new HeadedTurns(
          "<|begin_of_text|>",
          "<|start_header_id|>",
          "<|end_header_id|>\n\n",
          "<|eot_id|>",
          "",
          Names.LLAMA3,
          TextEdges.TRIMMED),
      "<|begin_of_text|>",
      "<|start_header_id|>",
      "<|end_header_id|>",
      "<|eot_id|>"),
  /** {@code <s>[INST] … [/INST] …</s>}, one start for all. */
  MISTRAL(new Exchanges(ExchangeStyles.MISTRAL), "<s>", "</s>"),
  /** {@code <start_of_turn>user … <end_of_turn>}, the assistant being {@code model}. */
  GEMMA(
      new HeadedTurns(
          "<bos>", "<start_of_turn>", "\n", "<end_of_turn>", "\n", Names.GEMMA, TextEdges.TRIMMED),
      "<bos>",
      "<start_of_turn>",
      "<end_of_turn>"),
  /** {@code <|role|> … </s>}. */
  ZEPHYR(new HeadedTurns("", "<|", "|>\n", "</s>", "\n", Names.USUAL, TextEdges.KEPT), "</s>"),
  /** {@code <|role|> … <|end|>}. */
  PHI3(
      new HeadedTurns("", "<|", "|>\n", "<|end|>", "\n", Names.USUAL, TextEdges.KEPT),
      "<|user|>",
      "<|assistant|>",
      "<|end|>"),
  /**
   * Headings of instruction, input and response below a fixed sentence, or below what the system
   * says. The answer ends with the tokenizer's end mark.
   */
  ALPACA(new Exchanges(ExchangeStyles.ALPACA)),
  /** No marks at all: prompt and completion as they are, and the tokenizer's end mark. */
  PLAIN(new Exchanges(ExchangeStyles.PLAIN));

  private final ChatLayout layout;
  private final List<String> marks;

  ChatFormat(ChatLayout layout, String... marks) {
    this.layout = layout;
    this.marks = List.of(marks);
  }

  /**
   * Marks that are one token each to the models that were trained with the format; none where it
   * has none but the tokenizer's own.
   */
  public List<String> marks() {
    return marks;
  }

  /** The name as a recipe writes it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The names of all formats. */
  public static List<String> labels() {
    return Arrays.stream(values()).map(ChatFormat::label).toList();
  }

  /**
   * The format that a recipe calls {@code name}; dashes and underscores are set aside.
   *
   * @throws UserInputException if there is none
   */
  public static ChatFormat named(String name) {
    String plain = name.toLowerCase(Locale.ROOT).replaceAll("[-_ ]", "");
    for (ChatFormat format : values()) {
      if (format.label().equals(plain)) {
        return format;
      }
    }
    throw new UserInputException(
        "Unknown chat format \"%s\" (must be one of %s); %s"
            .formatted(
                name,
                String.join(", ", labels()),
                NearestName.nearest(name, labels())
                    .map("did you mean \"%s\"?"::formatted)
                    .orElse("name one of them, or leave it out to use the base's own template")));
  }

  /** Whether a text in this format can only end with the tokenizer's end mark. */
  public boolean needsEndMark() {
    return this == ALPACA || this == PLAIN;
  }

  /**
   * The text of a conversation.
   *
   * @param tokens the tokenizer's marks, for the formats that have none of their own
   * @throws UnusableRow if the format has no place for a turn
   */
  public RenderedChat render(Conversation conversation, TextMarks tokens) {
    return layout.lay(conversation, tokens).done();
  }

  /** The text of a conversation up to where the model answers it. */
  public RenderedChat renderPrompt(Conversation conversation, TextMarks tokens) {
    ChatText text = layout.lay(conversation, Objects.requireNonNull(tokens, "tokens"));
    layout.open(text);
    return text.done();
  }

  /** What the speakers are called. */
  private static final class Names {
    private static final Map<Role, String> USUAL =
        Map.of(Role.SYSTEM, "system", Role.USER, "user", Role.ASSISTANT, "assistant");
    private static final Map<Role, String> WITH_TOOL =
        Map.of(
            Role.SYSTEM, "system",
            Role.USER, "user",
            Role.ASSISTANT, "assistant",
            Role.TOOL, "tool");
    private static final Map<Role, String> LLAMA3 =
        Map.of(
            Role.SYSTEM, "system",
            Role.USER, "user",
            Role.ASSISTANT, "assistant",
            Role.TOOL, "ipython");
    private static final Map<Role, String> GEMMA =
        Map.of(Role.USER, "user", Role.ASSISTANT, "model");
  }
}
