package dev.rankwise.models.tokenizer;

import java.util.Objects;

/**
 * A token that a tokenizer finds in a text as it stands, before its model splits the rest.
 *
 * @param id its id
 * @param content how it is spelt
 * @param special whether decoding may leave it out, as it does with the end of a text
 */
public record AddedToken(int id, String content, boolean special) {
  public AddedToken {
    Objects.requireNonNull(content, "content");
  }
}
