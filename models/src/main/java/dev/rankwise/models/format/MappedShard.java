package dev.rankwise.models.format;

import dev.rankwise.models.failure.CorruptFileException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * One file of the format: its header, and its data part mapped into memory. Nothing is allocated or
 * mapped before the header passed every check.
 *
 * @param file where it lies
 * @param header all that it says of its tensors
 * @param windows the mapping
 */
record MappedShard(Path file, SafetensorsHeader header, MappedWindows windows) {
  private static final long MAXIMUM_HEADER = 100_000_000;

  /**
   * Opens a file and checks its whole header.
   *
   * @throws CorruptFileException if the file breaks a rule of the format
   */
  static MappedShard open(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      int headerBytes = headerLength(channel, size);
      long dataStart = Long.BYTES + (long) headerBytes;
      ByteBuffer text = read(channel, Long.BYTES, headerBytes);
      SafetensorsHeader header = SafetensorsHeader.parse(text, size - dataStart);
      return new MappedShard(
          file, header, MappedWindows.of(channel, dataStart, header.tensors().values()));
    } catch (SafetensorsHeader.Violation e) {
      throw new CorruptFileException(
          "Safetensors file %s cannot be used: %s; fetch or write the file again"
              .formatted(file, e.getMessage()),
          e);
    } catch (IOException e) {
      throw FileFailure.reading(file, e);
    }
  }

  private static int headerLength(FileChannel channel, long size)
      throws IOException, SafetensorsHeader.Violation {
    if (size < Long.BYTES) {
      throw new SafetensorsHeader.Violation(
          "it has %s bytes, fewer than the 8 of the header's length".formatted(size));
    }
    long length = read(channel, 0, Long.BYTES).getLong();
    if (length < 0 || length > MAXIMUM_HEADER) {
      throw new SafetensorsHeader.Violation(
          "its header length is %s, and at most %s bytes are allowed"
              .formatted(Long.toUnsignedString(length), MAXIMUM_HEADER));
    }
    if (length > size - Long.BYTES) {
      throw new SafetensorsHeader.Violation(
          "its header length is %s, but only %s bytes follow".formatted(length, size - Long.BYTES));
    }
    return (int) length;
  }

  private static ByteBuffer read(FileChannel channel, long position, int count)
      throws IOException, SafetensorsHeader.Violation {
    ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, position + bytes.position()) < 0) {
        throw new SafetensorsHeader.Violation("it became shorter while it was read");
      }
    }
    return bytes.flip();
  }
}
