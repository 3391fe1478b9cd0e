package dev.rankwise.datasets.chat;

import java.util.Objects;

/**
 * One turn of a conversation. Its text is taken as it is: a chat format decides what it trims.
 *
 * @param role who speaks
 * @param content what is said; may be empty
 * @param context a text that the content speaks of, such as the input of an instruction; empty
 *     where there is none
 * @param fields all else that the row says of the turn, such as its tool calls, as one JSON object;
 *     empty where there is nothing. {@code content} is among them, and null, where the turn calls
 *     tools and says nothing
 * @param loss whether the row says that the turn is trained on
 */
public record Turn(Role role, String content, String context, String fields, TurnLoss loss) {
  public Turn {
    Objects.requireNonNull(role, "role");
    Objects.requireNonNull(content, "content");
    Objects.requireNonNull(context, "context");
    Objects.requireNonNull(fields, "fields");
    Objects.requireNonNull(loss, "loss");
  }

  /** A turn that is no more than its text. */
  public static Turn of(Role role, String content) {
    return new Turn(role, content, "", "", TurnLoss.AS_THE_RECIPE_SAYS);
  }

  /** This turn, speaking of {@code text}. */
  public Turn about(String text) {
    return new Turn(role, content, text, fields, loss);
  }

  /** Whether nothing at all is said, which is not the same as an empty text. */
  boolean hasNoContent() {
    return fields.startsWith(TurnReader.NO_CONTENT);
  }

  /** What is said, and what it speaks of on the lines after it. */
  public String text() {
    return context.isEmpty() ? content : content + "\n" + context;
  }
}
