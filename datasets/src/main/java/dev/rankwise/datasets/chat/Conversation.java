package dev.rankwise.datasets.chat;

import dev.rankwise.datasets.source.ContentHash;
import dev.rankwise.datasets.source.RejectionReason;
import java.util.List;
import java.util.stream.Stream;

/**
 * Turns in their order: system turns if any, then a user's, then whoever speaks.
 *
 * @param turns at least one that is no system turn; the first of these is not the assistant's
 */
public record Conversation(List<Turn> turns) {
  public Conversation {
    turns = List.copyOf(turns);
    int first = 0;
    while (first < turns.size() && turns.get(first).role() == Role.SYSTEM) {
      first++;
    }
    if (first == turns.size()) {
      throw new UnusableRow(RejectionReason.EMPTY_CONVERSATION);
    }
    if (turns.get(first).role() != Role.USER) {
      throw new UnusableRow(RejectionReason.STARTS_WITH_ASSISTANT);
    }
  }

  /** This conversation with one turn more. */
  Conversation with(Turn turn) {
    return new Conversation(Stream.concat(turns.stream(), Stream.of(turn)).toList());
  }

  /** This conversation without the answer that it ends with, if it does. */
  Conversation unanswered() {
    int last = turns.size() - 1;
    return turns.get(last).role() == Role.ASSISTANT
        ? new Conversation(turns.subList(0, last))
        : this;
  }

  /** Index of the assistant's last turn, or -1 where it has none. */
  int lastAssistantTurn() {
    for (int i = turns.size() - 1; i >= 0; i--) {
      if (turns.get(i).role() == Role.ASSISTANT) {
        return i;
      }
    }
    return -1;
  }

  /** Whether each user's turn is followed by at most one turn, the assistant's, and so on. */
  boolean alternates() {
    Role expected = Role.USER;
    for (Turn turn : turns.subList(firstSpoken(), turns.size())) {
      if (turn.role() != expected) {
        return false;
      }
      expected = expected == Role.USER ? Role.ASSISTANT : Role.USER;
    }
    return true;
  }

  /** Index of the first turn that is no system turn. */
  int firstSpoken() {
    int first = 0;
    while (turns.get(first).role() == Role.SYSTEM) {
      first++;
    }
    return first;
  }

  /** Hex hash of all turns: equal for equal conversations, whatever format they were stored in. */
  public String contentHash() {
    ContentHash hash = new ContentHash().add(turns.size());
    for (Turn turn : turns) {
      hash.add(turn.role().word()).add(turn.content()).add(turn.context());
      hash.add(turn.fields()).add(turn.loss().name());
    }
    return hash.hex();
  }
}
