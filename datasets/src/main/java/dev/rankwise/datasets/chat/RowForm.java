package dev.rankwise.datasets.chat;

import dev.rankwise.datasets.source.RejectionReason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The forms in which data sets write conversations and texts, most telling first.
 *
 * <table>
 *   <caption>Columns; those in brackets may be missing</caption>
 *   <tr><th>form</th><th>columns</th></tr>
 *   <tr><td>{@code messages}</td><td>{@code messages}: a list of {@code role} and {@code
 *     content}, as OpenAI's interface takes it; [{@code tools}]</td></tr>
 *   <tr><td>{@code sharegpt}</td><td>{@code conversations}: a list of {@code from} and {@code
 *     value}; [{@code system}], [{@code tools}]</td></tr>
 *   <tr><td>{@code alpaca}</td><td>{@code instruction}, [{@code input}], {@code output}, [{@code
 *     system}]</td></tr>
 *   <tr><td>{@code prompt-completion}</td><td>{@code prompt}, {@code completion}</td></tr>
 *   <tr><td>{@code text}</td><td>{@code text}</td></tr>
 * </table>
 *
 * <p>Either list may use the other's keys, and a list may also come as JSON text.
 */
public enum RowForm {
  /** A list of turns, {@code role} and {@code content}. */
  MESSAGES(List.of("messages"), List.of("tools")) {
    @Override
    public Conversation read(Map<String, String> values) {
      return new Conversation(
          TurnReader.turns(required(values, "messages")), TurnReader.tools(values.get("tools")));
    }
  },
  /** A list of turns, {@code from} and {@code value}. */
  SHAREGPT(List.of("conversations"), List.of("system", "tools")) {
    @Override
    public Conversation read(Map<String, String> values) {
      List<Turn> turns = new ArrayList<>(system(values));
      turns.addAll(TurnReader.turns(required(values, "conversations")));
      return new Conversation(turns, TurnReader.tools(values.get("tools")));
    }
  },
  /** An instruction, what it speaks of, and the answer. */
  ALPACA(List.of("instruction", "output"), List.of("input", "system")) {
    @Override
    public Conversation read(Map<String, String> values) {
      return prompt(values).with(Turn.of(Role.ASSISTANT, required(values, "output")));
    }

    @Override
    public Conversation prompt(Map<String, String> values) {
      List<Turn> turns = new ArrayList<>(system(values));
      Turn instruction =
          Turn.of(Role.USER, required(values, "instruction"))
              .about(Optional.ofNullable(values.get("input")).orElse(""));
      if (instruction.text().isBlank()) {
        throw new UnusableRow(RejectionReason.EMPTY_TEXT);
      }
      turns.add(instruction);
      return new Conversation(turns);
    }
  },
  /** A text and how it goes on. */
  PROMPT_COMPLETION(List.of("prompt", "completion"), List.of()) {
    @Override
    public Conversation read(Map<String, String> values) {
      return prompt(values).with(Turn.of(Role.ASSISTANT, required(values, "completion")));
    }

    @Override
    public Conversation prompt(Map<String, String> values) {
      return new Conversation(List.of(Turn.of(Role.USER, required(values, "prompt"))));
    }
  },
  /** A text, learned whole: an answer to nothing. */
  TEXT(List.of("text"), List.of()) {
    @Override
    public Conversation read(Map<String, String> values) {
      String text = required(values, "text");
      if (text.isBlank()) {
        throw new UnusableRow(RejectionReason.EMPTY_TEXT);
      }
      return new Conversation(List.of(Turn.of(Role.USER, ""), Turn.of(Role.ASSISTANT, text)));
    }

    /** The text itself is what is gone on after. */
    @Override
    public Conversation prompt(Map<String, String> values) {
      return new Conversation(List.of(Turn.of(Role.USER, required(values, "text"))));
    }
  };

  private final List<String> needed;
  private final List<String> optional;

  RowForm(List<String> needed, List<String> optional) {
    this.needed = needed;
    this.optional = optional;
  }

  /** The name as a recipe writes it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The names of all forms. */
  public static List<String> labels() {
    return Arrays.stream(values()).map(RowForm::label).toList();
  }

  /** The form of that name, if there is one. */
  public static Optional<RowForm> named(String label) {
    return Arrays.stream(values()).filter(form -> form.label().equals(label)).findFirst();
  }

  /** The first form whose needed columns are all among {@code columns}. */
  public static Optional<RowForm> of(Collection<String> columns) {
    return Arrays.stream(values()).filter(form -> columns.containsAll(form.needed)).findFirst();
  }

  /** The columns that a row must have. */
  public List<String> needed() {
    return needed;
  }

  /** The column that holds the answer alone, which a prompt has no need of. */
  public Optional<String> answer() {
    return switch (this) {
      case ALPACA -> Optional.of("output");
      case PROMPT_COMPLETION -> Optional.of("completion");
      case MESSAGES, SHAREGPT, TEXT -> Optional.empty();
    };
  }

  /** The columns that are used where a table has them. */
  public List<String> optional() {
    return optional;
  }

  /** Which columns each form needs, in a sentence's words. */
  public static String rules() {
    return Arrays.stream(values())
        .map(form -> form.label() + " needs " + String.join(" and ", form.needed))
        .collect(Collectors.joining(", "));
  }

  /** The chat format of rows in this form where nothing else is said; none for lists of turns. */
  public Optional<ChatFormat> usualFormat() {
    return switch (this) {
      case ALPACA -> Optional.of(ChatFormat.ALPACA);
      case PROMPT_COMPLETION, TEXT -> Optional.of(ChatFormat.PLAIN);
      case MESSAGES, SHAREGPT -> Optional.empty();
    };
  }

  /**
   * The conversation of a row.
   *
   * @param values its texts by the names of {@link #needed} and {@link #optional}; null or absent
   *     where the row has none
   * @throws UnusableRow if they make no conversation
   */
  public abstract Conversation read(Map<String, String> values);

  /**
   * The conversation of a row up to where it is to be answered. The answer that training rows have,
   * the last turn where it is the assistant's, is left out; rows without one are read too.
   *
   * @param values as {@link #read} takes them
   * @throws UnusableRow if they make no conversation
   */
  public Conversation prompt(Map<String, String> values) {
    return read(values).unanswered();
  }

  private static String required(Map<String, String> values, String name) {
    String value = values.get(name);
    if (value == null) {
      throw new UnusableRow(RejectionReason.MISSING_TEXT);
    }
    return value;
  }

  private static List<Turn> system(Map<String, String> values) {
    String system = values.get("system");
    return system == null || system.isBlank() ? List.of() : List.of(Turn.of(Role.SYSTEM, system));
  }
}
