package dev.rankwise.datasets.chat;

import dev.rankwise.datasets.chat.RenderedChat.TurnSpan;
import dev.rankwise.datasets.source.RejectionReason;
import java.util.ArrayList;
import java.util.List;

/**
 * Which parts of a conversation the loss is taken on. What a turn says of itself goes before it:
 * see {@link TurnLoss}.
 */
public enum TrainOn {
  /** The assistant's turns, each with the mark that ends it. */
  ASSISTANT,
  /** The whole text. */
  ALL,
  /** The assistant's last turn, with the mark that ends it. */
  LAST_TURN;

  /**
   * The parts of the rendered text that are trained on: in order, none over another.
   *
   * @throws UnusableRow if they depend on a turn whose place is unsure
   */
  public List<TextSpan> spans(Conversation conversation, RenderedChat chat) {
    List<TextSpan> spans = new ArrayList<>();
    int last = conversation.lastAssistantTurn();
    for (int turn : chat.unsure()) {
      // Where all is trained on, only the turns that are not have to be found.
      if (trains(conversation.turns().get(turn), turn == last) != (this == ALL)) {
        throw new UnusableRow(RejectionReason.TEMPLATE_DISAGREES);
      }
    }
    int untaken = 0;
    for (TurnSpan turn : chat.turns()) {
      TextSpan span = turn.span();
      boolean trained = trains(conversation.turns().get(turn.turn()), turn.turn() == last);
      if (this == ALL && trained) {
        continue;
      }
      if (this == ALL) {
        add(spans, untaken, span.start());
        untaken = span.end();
      } else if (trained) {
        add(spans, span.start(), span.end());
      }
    }
    if (this == ALL) {
      add(spans, untaken, chat.text().length());
    }
    return spans;
  }

  private boolean trains(Turn turn, boolean last) {
    if (turn.loss() != TurnLoss.AS_THE_RECIPE_SAYS) {
      return turn.loss() == TurnLoss.TRAINED;
    }
    return switch (this) {
      case ALL -> true;
      case ASSISTANT -> turn.role() == Role.ASSISTANT;
      case LAST_TURN -> last;
    };
  }

  private static void add(List<TextSpan> spans, int start, int end) {
    if (end > start) {
      spans.add(new TextSpan(start, end));
    }
  }
}
