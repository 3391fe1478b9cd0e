package dev.rankwise.datasets.chat;

import dev.rankwise.models.failure.InternalException;
import java.io.Serializable;

/**
 * A part of a text, in UTF-16 units as Java counts.
 *
 * @param start first unit, from 0
 * @param end unit after the last one, at least {@code start}
 */
public record TextSpan(int start, int end) implements Serializable {
  public TextSpan {
    if (start < 0 || end < start) {
      throw new InternalException(
          "Invalid span of a text: [%s, %s) (must not be negative or end before it starts)"
              .formatted(start, end));
    }
  }
}
