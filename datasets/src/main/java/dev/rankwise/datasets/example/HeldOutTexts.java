package dev.rankwise.datasets.example;

import dev.rankwise.datasets.source.ContentHash;
import dev.rankwise.datasets.source.RejectionReason;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collection;

/**
 * The texts that are held out of another source, by which rows with the same text are kept from
 * being trained on: figures of a text that training saw say nothing.
 *
 * <p>A text is known by eight bytes of its SHA-256, so a million of them take 8 MB. That any of
 * them is taken for one of a billion other texts has a probability of 1 in 18,000.
 */
public final class HeldOutTexts implements Serializable {
  private static final long serialVersionUID = 1L;

  private final long[] hashes;

  private HeldOutTexts(long[] hashes) {
    this.hashes = hashes;
  }

  /** The texts with these hashes. */
  public static HeldOutTexts ofHashes(Collection<Long> hashes) {
    return new HeldOutTexts(hashes.stream().mapToLong(Long::longValue).sorted().toArray());
  }

  /** What a text is known by. */
  public static long hash(String text) {
    return ByteBuffer.wrap(new ContentHash().add(text).bytes()).getLong();
  }

  /** What a row's text and pictures are known by. */
  public static long hash(CheckedRow row) {
    ContentHash hash = new ContentHash().add(row.text());
    row.pictures().forEach(hash::add);
    return ByteBuffer.wrap(hash.bytes()).getLong();
  }

  /** The row, or its rejection if its text is held out. */
  public CheckedRow without(CheckedRow row) {
    return row.isAccepted() && Arrays.binarySearch(hashes, hash(row)) >= 0
        ? CheckedRow.rejected(row.id(), RejectionReason.HELD_OUT)
        : row;
  }
}
