package dev.rankwise.datasets.prepare;

import dev.rankwise.datasets.example.CheckedRow;
import dev.rankwise.datasets.source.ContentHash;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A row's place in the canonical order: by SHA-256 of its id (as unsigned bytes, which is the order
 * of the hex digits), then by id, then by task, then by content, then by the group that it is split
 * by, so that of two rows with one id and task the same one always comes first.
 */
final class CanonicalKey implements Comparable<CanonicalKey>, Serializable {
  private static final long serialVersionUID = 1L;

  private final byte[] hash;
  private final String id;
  private final int task;
  private final byte[] content;
  private final String group;

  private CanonicalKey(byte[] hash, String id, int task, byte[] content, String group) {
    this.hash = hash;
    this.id = id;
    this.task = task;
    this.content = content;
    this.group = group;
  }

  static CanonicalKey of(CheckedRow row) {
    return new CanonicalKey(
        ContentHash.sha256().digest(row.id().getBytes(StandardCharsets.UTF_8)),
        row.id(),
        row.task(),
        row.contentHash(),
        row.group());
  }

  /** The first 32 bits of the hash, as an unsigned number. */
  long leadingBits() {
    return Integer.toUnsignedLong(ByteBuffer.wrap(hash).getInt());
  }

  @Override
  public int compareTo(CanonicalKey other) {
    int order = Arrays.compareUnsigned(hash, other.hash);
    if (order == 0) {
      order = id.compareTo(other.id);
    }
    if (order == 0) {
      order = Integer.compare(task, other.task);
    }
    if (order == 0) {
      order = Arrays.compareUnsigned(content, other.content);
    }
    return order == 0 ? group.compareTo(other.group) : order;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CanonicalKey that && compareTo(that) == 0;
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(hash);
  }
}
