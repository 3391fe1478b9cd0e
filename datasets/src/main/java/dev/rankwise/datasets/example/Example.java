package dev.rankwise.datasets.example;

import dev.rankwise.datasets.pack.SequencePicture;
import dev.rankwise.models.failure.InternalException;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * One tokenised row.
 *
 * @param position place in its split's canonical order, from 0 without gaps
 * @param rowId the row's stable id
 * @param ids token ids with the special tokens, at least one
 * @param label class number
 * @param pictures the picture that has this class, its first patch at token 0; none where a text
 *     has it
 */
public record Example(
    int position, String rowId, int[] ids, int label, List<SequencePicture> pictures)
    implements Serializable {
  public Example {
    Objects.requireNonNull(rowId, "rowId");
    ids = ids.clone();
    pictures = List.copyOf(pictures);
    if (position < 0 || label < 0 || ids.length == 0) {
      throw new InternalException(
          "Invalid example at position "
              + position
              + " with label "
              + label
              + " and "
              + ids.length
              + " tokens (position and label must not be negative, tokens not empty)");
    }
  }

  /** A text with its class. */
  public Example(int position, String rowId, int[] ids, int label) {
    this(position, rowId, ids, label, List.of());
  }

  /** A copy of the token ids. */
  @Override
  public int[] ids() {
    return ids.clone();
  }

  /** Number of tokens. */
  public int length() {
    return ids.length;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Example that
        && position == that.position
        && label == that.label
        && rowId.equals(that.rowId)
        && Arrays.equals(ids, that.ids)
        && pictures.equals(that.pictures);
  }

  @Override
  public int hashCode() {
    return Objects.hash(position, rowId, label) * 31 + Arrays.hashCode(ids);
  }

  @Override
  public String toString() {
    return "Example[position="
        + position
        + ", rowId="
        + rowId
        + ", tokens="
        + ids.length
        + ", label="
        + label
        + "]";
  }
}
