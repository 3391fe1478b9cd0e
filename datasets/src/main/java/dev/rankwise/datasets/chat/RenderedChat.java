package dev.rankwise.datasets.chat;

import java.util.List;
import java.util.Objects;

/**
 * A conversation as the model reads it.
 *
 * @param text all of it
 * @param turns where each turn lies that has a place of its own, in the order of the text; a turn
 *     may lie in several parts
 * @param unsure indices of turns whose place could not be found for sure
 */
public record RenderedChat(String text, List<TurnSpan> turns, List<Integer> unsure) {
  public RenderedChat {
    Objects.requireNonNull(text, "text");
    turns = List.copyOf(turns);
    unsure = List.copyOf(unsure);
  }

  /** A conversation in which each turn is either sure of its place or has none. */
  RenderedChat(String text, List<TurnSpan> turns) {
    this(text, turns, List.of());
  }

  /**
   * Where a turn lies: what its speaker says, with the mark that ends the turn where there is one.
   * What introduces the turn and a line break after its end are left out.
   *
   * @param turn index of the turn in its conversation
   * @param span its part of the text
   */
  public record TurnSpan(int turn, TextSpan span) {}
}
