package dev.rankwise.datasets.chat;

import dev.rankwise.datasets.source.RejectionReason;
import java.util.List;
import java.util.Optional;

/**
 * Questions and answers in turn: what the user says stands between marks, the answer after them.
 * System turns come first and become a part of the first question.
 *
 * @param style how the two are written
 */
record Exchanges(Style style) implements ChatLayout {

  /** The marks of one format. */
  interface Style {
    /**
     * A question with its marks, up to where the answer starts.
     *
     * @param first whether it is the conversation's first one
     * @param system what the system says before it, if anything
     */
    Question question(boolean first, Optional<String> system, Turn user, SpecialTokens tokens);

    /** An answer with the mark that ends it. */
    String answer(String text, SpecialTokens tokens);

    /** What parts an open question from the answer, where the question's marks do not. */
    default String gap() {
      return "";
    }
  }

  /** A question: what is before the user's words, these, and what is after them. */
  record Question(String before, String words, String after) {}

  @Override
  public ChatText lay(Conversation conversation, SpecialTokens tokens) {
    if (!conversation.alternates()) {
      throw new UnusableRow(RejectionReason.UNSUPPORTED_TURN);
    }
    ChatText text = new ChatText();
    List<Turn> turns = conversation.turns();
    int first = conversation.firstSpoken();
    Optional<String> system =
        turns.stream().limit(first).map(Turn::text).reduce((one, two) -> one + "\n\n" + two);
    for (int i = first; i < turns.size(); i++) {
      Turn turn = turns.get(i);
      if (!turn.fields().isEmpty()) {
        throw new UnusableRow(RejectionReason.UNSUPPORTED_TURN);
      }
      if (turn.role() == Role.ASSISTANT) {
        text.add(style.gap()).say(i, style.answer(turn.text(), tokens));
      } else {
        Question question =
            style.question(i == first, i == first ? system : Optional.empty(), turn, tokens);
        text.add(question.before()).say(i, question.words()).add(question.after());
      }
    }
    return text;
  }

  /** Nothing: a question already ends with what stands before its answer. */
  @Override
  public void open(ChatText text) {}
}
