package dev.rankwise.datasets.source;

import dev.rankwise.models.failure.InternalException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * SHA-256 over a sequence of values, each preceded by its length, so that no two different
 * sequences have the same bytes: {@code SHA-256(len(v1) ‖ v1 ‖ len(v2) ‖ v2 ‖ …)} with lengths as
 * four bytes, big end first, and -1 for an absent value.
 */
public final class ContentHash {
  private static final int ABSENT = -1;

  private final MessageDigest digest = sha256();

  /** A fresh SHA-256. */
  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new InternalException(
          "This Java has no SHA-256, which every Java must have", impossible);
    }
  }

  /** Lower-case hex SHA-256 of the UTF-8 bytes of {@code text}. */
  public static String hexOf(String text) {
    return HexFormat.of().formatHex(sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** Adds one value, which may be null. */
  public ContentHash add(byte[] value) {
    digest.update(
        ByteBuffer.allocate(Integer.BYTES).putInt(value == null ? ABSENT : value.length).array());
    if (value != null) {
      digest.update(value);
    }
    return this;
  }

  /** Adds a text as UTF-8. */
  public ContentHash add(String value) {
    return add(value.getBytes(StandardCharsets.UTF_8));
  }

  /** Adds a number as eight bytes. */
  public ContentHash add(long value) {
    digest.update(ByteBuffer.allocate(Long.BYTES).putLong(value).array());
    return this;
  }

  /** The 32 bytes of the hash; starts over. */
  public byte[] bytes() {
    return digest.digest();
  }

  /** The hash in lower-case hex; starts over. */
  public String hex() {
    return HexFormat.of().formatHex(bytes());
  }
}
