package dev.rankwise.models.generation;

import java.util.List;

/**
 * Watches a growing text for texts to stop at. What may be the beginning of one is held back until
 * it is settled; a stop text itself is never given out.
 */
final class StopTexts {
  private final List<String> stops;
  private final StringBuilder held = new StringBuilder();
  private boolean found;

  StopTexts(List<String> stops) {
    this.stops = stops;
  }

  /** Takes more text; gives what of it and of what was held back can no longer be a stop text. */
  String add(String piece) {
    if (found) {
      return "";
    }
    held.append(piece);
    int first = -1;
    for (String stop : stops) {
      int at = held.indexOf(stop);
      if (at >= 0 && (first < 0 || at < first)) {
        first = at;
      }
    }
    found = first >= 0;
    return given(found ? first : held.length() - heldBack());
  }

  /** The text that is held back, where nothing follows any more. */
  String finish() {
    return found ? "" : given(held.length());
  }

  /** Whether a stop text came up. */
  boolean found() {
    return found;
  }

  private String given(int end) {
    String text = held.substring(0, end);
    held.delete(0, end);
    return text;
  }

  /** How many characters at the end may begin a stop text. */
  private int heldBack() {
    int most = 0;
    for (String stop : stops) {
      int size = Math.min(stop.length() - 1, held.length());
      while (size > most && !stop.startsWith(held.substring(held.length() - size))) {
        size--;
      }
      most = Math.max(most, size);
    }
    return most;
  }
}
