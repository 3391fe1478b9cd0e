package dev.rankwise.models.generation;

import java.util.List;

/**
 * What follows one prompt.
 *
 * @param tokens the chosen tokens, the one that ended the text included
 * @param text their text without special tokens, up to where it stopped; empty without a tokenizer
 * @param finish why it ended
 */
public record Generated(List<Integer> tokens, String text, Finish finish) {
  public Generated {
    tokens = List.copyOf(tokens);
  }
}
