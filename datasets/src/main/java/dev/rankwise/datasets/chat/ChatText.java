package dev.rankwise.datasets.chat;

import dev.rankwise.datasets.chat.RenderedChat.TurnSpan;
import java.util.ArrayList;
import java.util.List;

/** A rendered conversation as it grows. */
final class ChatText {
  private final StringBuilder text = new StringBuilder();
  private final List<TurnSpan> turns = new ArrayList<>();

  /** Adds text that belongs to no turn. */
  ChatText add(String part) {
    text.append(part);
    return this;
  }

  /** Adds what the speaker of a turn says, its end mark included. */
  ChatText say(int turn, String part) {
    int start = text.length();
    text.append(part);
    turns.add(new TurnSpan(turn, new TextSpan(start, text.length())));
    return this;
  }

  RenderedChat done() {
    return new RenderedChat(text.toString(), turns);
  }
}
