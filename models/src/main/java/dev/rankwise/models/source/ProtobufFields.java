package dev.rankwise.models.source;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Walks the fields of one protobuf message, strictly: lengths within the message, no groups.
 *
 * <p>Protobuf's wire format: a field is a varint {@code number << 3 | type}, then its value; type 0
 * is a varint, 1 eight bytes, 2 a varint length with that many bytes, 5 four bytes.
 */
final class ProtobufFields {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;
  private static final int MAXIMUM_NUMBER = (1 << 29) - 1;

  private final ByteBuffer message;
  private int number;
  private int type;
  private long scalar;
  private ByteBuffer content;

  ProtobufFields(ByteBuffer message) {
    this.message = message.slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A message that breaks the wire format, or a field of another type than it must have. */
  static final class MalformedException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedException(String message) {
      super(message);
    }
  }

  /** Goes to the next field; false at the end of the message. */
  boolean next() throws MalformedException {
    if (!message.hasRemaining()) {
      return false;
    }
    long tag = readVarint();
    long tagNumber = tag >>> 3;
    if (tagNumber < 1 || tagNumber > MAXIMUM_NUMBER) {
      throw new MalformedException("field number " + tagNumber + " is not allowed");
    }
    number = (int) tagNumber;
    type = (int) (tag & 7);
    content = null;
    switch (type) {
      case VARINT -> scalar = readVarint();
      case FIXED64 -> {
        require(Long.BYTES);
        scalar = message.getLong();
      }
      case FIXED32 -> {
        require(Integer.BYTES);
        scalar = message.getInt();
      }
      case BYTES -> {
        long length = readVarint();
        require(length);
        content = message.slice(message.position(), (int) length).order(ByteOrder.LITTLE_ENDIAN);
        message.position(message.position() + (int) length);
      }
      default -> throw new MalformedException("wire type " + type + " is not allowed");
    }
    return true;
  }

  /** Number of the current field. */
  int number() {
    return number;
  }

  /** Whether the current field is a run of bytes: a text, a message, packed numbers. */
  boolean isBytes() {
    return type == BYTES;
  }

  /** The current field as a varint. */
  long varint() throws MalformedException {
    if (type != VARINT) {
      throw new MalformedException("field " + number + " is not a number");
    }
    return scalar;
  }

  /** The current field as bytes. */
  ByteBuffer bytes() throws MalformedException {
    if (type != BYTES) {
      throw new MalformedException("field " + number + " is not a run of bytes");
    }
    return content;
  }

  /** The current field as UTF-8. */
  String text() throws MalformedException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes().duplicate()).toString();
    } catch (CharacterCodingException e) {
      throw new MalformedException("field " + number + " is not UTF-8");
    }
  }

  /** The varints that make up the whole message: packed repeated numbers. */
  boolean nextPacked() throws MalformedException {
    if (!message.hasRemaining()) {
      return false;
    }
    type = VARINT;
    scalar = readVarint();
    return true;
  }

  private long readVarint() throws MalformedException {
    long value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      require(1);
      byte next = message.get();
      if (shift == 63 && (next & 0x7e) != 0) {
        break;
      }
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new MalformedException("a number has more than 64 bits");
  }

  private void require(long count) throws MalformedException {
    if (count < 0 || count > message.remaining()) {
      throw new MalformedException(
          "%s bytes are announced where %s are left"
              .formatted(Long.toUnsignedString(count), message.remaining()));
    }
  }
}
