package dev.rankwise.datasets.chat;

import java.io.Serializable;
import java.util.Objects;

/**
 * The marks of a tokenizer that start and end a text.
 *
 * @param start mark that starts a text, or empty where the tokenizer has none
 * @param end mark that ends a text, or empty where the tokenizer names none
 * @param opening what the tokenizer itself puts before every text: {@code start}, or empty
 */
public record SpecialTokens(String start, String end, String opening) implements Serializable {
  public SpecialTokens {
    Objects.requireNonNull(start, "start");
    Objects.requireNonNull(end, "end");
    Objects.requireNonNull(opening, "opening");
  }
}
