package dev.rankwise.models.format;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.SortedMap;

/**
 * A safetensors file, mapped into memory.
 *
 * <p>Offsets are 64-bit, so a file may be larger than memory; one tensor stays below 2 GiB. Nothing
 * is allocated or mapped before the header passed every check. The file must not shrink while it is
 * mapped. Instances are safe for several threads.
 */
public final class SafetensorsFile implements AutoCloseable {
  private static final long MAXIMUM_HEADER = 100_000_000;

  private final Path file;
  private final SafetensorsHeader header;
  private final MappedWindows windows;
  private volatile boolean closed;

  private SafetensorsFile(Path file, SafetensorsHeader header, MappedWindows windows) {
    this.file = file;
    this.header = header;
    this.windows = windows;
  }

  /**
   * Opens a file and checks its whole header.
   *
   * @throws CorruptFileException if the file breaks a rule of the format
   */
  public static SafetensorsFile open(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      int headerBytes = headerLength(channel, size);
      long dataStart = Long.BYTES + (long) headerBytes;
      ByteBuffer text = read(channel, Long.BYTES, headerBytes);
      SafetensorsHeader header = SafetensorsHeader.parse(text, size - dataStart);
      return new SafetensorsFile(
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

  /** Where the file lies. */
  public Path path() {
    return file;
  }

  /** All tensors by name. */
  public SortedMap<String, TensorSpec> tensors() {
    return header.tensors();
  }

  /** The free text of the header, in the file's order. */
  public Map<String, String> metadata() {
    return header.metadata();
  }

  /**
   * The bytes of a tensor: little-endian, read-only, mapped. The view stays valid after {@link
   * #close}.
   */
  public ByteBuffer bytes(String name) {
    if (closed) {
      throw new IllegalStateException("File " + file + " is closed");
    }
    return windows.bytes(require(name));
  }

  /** A tensor of type F32, F16 or BF16 as floats; widening is exact. */
  public float[] floats(String name) {
    TensorSpec tensor = require(name);
    ByteBuffer bytes = bytes(name);
    float[] values = new float[elements(tensor)];
    switch (tensor.type()) {
      case F32 -> bytes.asFloatBuffer().get(values);
      case F16 -> {
        ShortBuffer halves = bytes.asShortBuffer();
        for (int i = 0; i < values.length; i++) {
          values[i] = NarrowFloat.fromHalf(halves.get(i));
        }
      }
      case BF16 -> {
        ShortBuffer halves = bytes.asShortBuffer();
        for (int i = 0; i < values.length; i++) {
          values[i] = NarrowFloat.fromBfloat16(halves.get(i));
        }
      }
      default -> throw wrongType(tensor, "F32, F16 or BF16");
    }
    return values;
  }

  /** A tensor of type F64, F32, F16 or BF16 as doubles. */
  public double[] doubles(String name) {
    TensorSpec tensor = require(name);
    double[] values = new double[elements(tensor)];
    if (tensor.type() == ElementType.F64) {
      bytes(name).asDoubleBuffer().get(values);
      return values;
    }
    float[] narrow = floats(name);
    for (int i = 0; i < values.length; i++) {
      values[i] = narrow[i];
    }
    return values;
  }

  /** A tensor of a whole-number type or BOOL (0 and 1) as longs. */
  public long[] longs(String name) {
    TensorSpec tensor = require(name);
    ByteBuffer bytes = bytes(name);
    long[] values = new long[elements(tensor)];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (tensor.type()) {
            case I64 -> bytes.getLong();
            case I32 -> bytes.getInt();
            case I16 -> bytes.getShort();
            case I8 -> bytes.get();
            case U8, BOOL -> Byte.toUnsignedLong(bytes.get());
            default -> throw wrongType(tensor, "a whole number");
          };
    }
    return values;
  }

  /** Forgets the mapping; views handed out stay valid. */
  @Override
  public void close() {
    closed = true;
  }

  private TensorSpec require(String name) {
    TensorSpec tensor = header.tensors().get(name);
    if (tensor == null) {
      throw new CorruptFileException(
          "File %s has no tensor \"%s\" among its %d; use the file that belongs to this model"
              .formatted(file, name, header.tensors().size()));
    }
    return tensor;
  }

  private int elements(TensorSpec tensor) {
    if (tensor.elements() > Integer.MAX_VALUE - 8) {
      throw new UserInputException(
          "Tensor \"%s\" of %s has %d elements, more than a Java array holds; use a smaller base"
              .formatted(tensor.name(), file, tensor.elements()));
    }
    return (int) tensor.elements();
  }

  private CorruptFileException wrongType(TensorSpec tensor, String wanted) {
    return new CorruptFileException(
        ("Tensor \"%s\" of %s has type %s where %s was expected; use the file that "
                + "belongs to this model")
            .formatted(tensor.name(), file, tensor.type(), wanted));
  }

  private static int headerLength(FileChannel channel, long size)
      throws IOException, SafetensorsHeader.Violation {
    if (size < Long.BYTES) {
      throw new SafetensorsHeader.Violation(
          "it has %d bytes, fewer than the 8 of the header's length".formatted(size));
    }
    long length = read(channel, 0, Long.BYTES).getLong();
    if (length < 0 || length > MAXIMUM_HEADER) {
      throw new SafetensorsHeader.Violation(
          "its header length is %s, and at most %d bytes are allowed"
              .formatted(Long.toUnsignedString(length), MAXIMUM_HEADER));
    }
    if (length > size - Long.BYTES) {
      throw new SafetensorsHeader.Violation(
          "its header length is %d, but only %d bytes follow".formatted(length, size - Long.BYTES));
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
