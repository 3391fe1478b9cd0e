package dev.rankwise.datasets.chat;

import dev.rankwise.datasets.source.RejectionReason;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Turns one after the other: a head that names the speaker, the text, an end mark.
 *
 * @param start what stands before the first turn
 * @param beforeName the head up to the speaker's name
 * @param afterName the head after it
 * @param end the end mark
 * @param gap what stands between an end mark and the next head
 * @param names what the speakers are called; who is missing has no turn
 * @param edges what becomes of white space around a text
 */
record HeadedTurns(
    String start,
    String beforeName,
    String afterName,
    String end,
    String gap,
    Map<Role, String> names,
    TextEdges edges)
    implements ChatLayout {
  HeadedTurns {
    names = Map.copyOf(names);
  }

  @Override
  public ChatText lay(Conversation conversation, SpecialTokens tokens) {
    ChatText text = new ChatText().add(start);
    List<Turn> turns = conversation.turns();
    boolean folds = !names.containsKey(Role.SYSTEM);
    StringBuilder preface = new StringBuilder();
    for (int i = 0; i < turns.size(); i++) {
      Turn turn = turns.get(i);
      if (folds && turn.role() == Role.SYSTEM) {
        fold(conversation, i, preface);
        continue;
      }
      String name = names.get(turn.role());
      if (name == null || !turn.fields().isEmpty()) {
        throw new UnusableRow(RejectionReason.UNSUPPORTED_TURN);
      }
      text.add(beforeName + name + afterName);
      text.say(i, preface + edges.of(turn.text()) + end).add(gap);
      preface.setLength(0);
    }
    return text;
  }

  @Override
  public void open(ChatText text) {
    text.add(beforeName + Objects.requireNonNull(names.get(Role.ASSISTANT)) + afterName);
  }

  private static void fold(Conversation conversation, int turn, StringBuilder preface) {
    if (turn > conversation.firstSpoken()) {
      throw new UnusableRow(RejectionReason.UNSUPPORTED_TURN);
    }
    preface.append(conversation.turns().get(turn).text()).append("\n\n");
  }
}
