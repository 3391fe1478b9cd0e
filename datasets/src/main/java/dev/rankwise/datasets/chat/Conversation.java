package dev.rankwise.datasets.chat;

import dev.rankwise.datasets.source.ContentHash;
import dev.rankwise.datasets.source.RejectionReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Turns in their order: system turns if any, then a user's, then whoever speaks.
 *
 * @param turns at least one that is no system turn; the first of these is not the assistant's
 * @param tools what the assistant may call, as a JSON list; empty where there is none
 */
public record Conversation(List<Turn> turns, String tools) {
  public Conversation {
    Objects.requireNonNull(tools, "tools");
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

  /** A conversation without tools. */
  public Conversation(List<Turn> turns) {
    this(turns, "");
  }

  /** This conversation with one turn more. */
  Conversation with(Turn turn) {
    return new Conversation(Stream.concat(turns.stream(), Stream.of(turn)).toList(), tools);
  }

  /** The first turns of this conversation. */
  Conversation first(int count) {
    return new Conversation(turns.subList(0, count), tools);
  }

  /** This conversation with another turn in the place of one. */
  Conversation replacing(int place, Turn turn) {
    List<Turn> changed = new ArrayList<>(turns);
    changed.set(place, turn);
    return new Conversation(changed, tools);
  }

  /** This conversation with another text in the place of what a turn says. */
  Conversation replacing(int place, String content) {
    Turn turn = turns.get(place);
    return replacing(place, new Turn(turn.role(), content, "", turn.fields(), turn.loss()));
  }

  /** This conversation without the answer that it ends with, if it does. */
  Conversation unanswered() {
    int last = turns.size() - 1;
    return turns.get(last).role() == Role.ASSISTANT ? first(last) : this;
  }

  /** Indices of the assistant's turns. */
  List<Integer> assistantTurns() {
    return IntStream.range(0, turns.size())
        .filter(i -> turns.get(i).role() == Role.ASSISTANT)
        .boxed()
        .toList();
  }

  /** Index of the assistant's last turn, or -1 where it has none. */
  int lastAssistantTurn() {
    List<Integer> answers = assistantTurns();
    return answers.isEmpty() ? -1 : answers.get(answers.size() - 1);
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

  /**
   * Hex hash of all turns and tools: equal for equal conversations, whatever format they were
   * stored in.
   */
  public String contentHash() {
    ContentHash hash = new ContentHash().add(turns.size());
    for (Turn turn : turns) {
      hash.add(turn.role().word()).add(turn.content()).add(turn.context());
      hash.add(turn.fields()).add(turn.loss().name());
    }
    if (!tools.isEmpty()) {
      hash.add(tools);
    }
    return hash.hex();
  }
}
