package dev.rankwise.models.format;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The named tensors of a safetensors file, or of all shards of an index as if they were one file,
 * mapped into memory.
 *
 * <p>Offsets are 64-bit, so a file may be larger than memory; one tensor stays below 2 GiB. Nothing
 * is allocated or mapped before the header passed every check. The files must not shrink while they
 * are mapped. Instances are safe for several threads.
 */
public final class SafetensorsFile implements AutoCloseable {
  private final Path file;
  private final SortedMap<String, TensorSpec> tensors;
  private final Map<String, String> metadata;
  private final Map<String, MappedWindows> windows;
  private volatile boolean closed;

  private SafetensorsFile(
      Path file,
      SortedMap<String, TensorSpec> tensors,
      Map<String, String> metadata,
      Map<String, MappedWindows> windows) {
    this.file = file;
    this.tensors = Collections.unmodifiableSortedMap(tensors);
    this.metadata = metadata;
    this.windows = windows;
  }

  /**
   * Opens a file and checks its whole header; of an index ({@code *.safetensors.index.json}), opens
   * every shard and checks that each tensor lies where the index says and nowhere else.
   *
   * @throws CorruptFileException if a file breaks a rule of the format, or the shards are not those
   *     of the index
   */
  public static SafetensorsFile open(Path file) {
    if (SafetensorsIndex.isIndex(file)) {
      return ofShards(SafetensorsIndex.read(file));
    }
    MappedShard shard = MappedShard.open(file);
    SortedMap<String, TensorSpec> tensors = shard.header().tensors();
    Map<String, MappedWindows> windows = new TreeMap<>();
    tensors.keySet().forEach(name -> windows.put(name, shard.windows()));
    return new SafetensorsFile(file, tensors, shard.header().metadata(), windows);
  }

  private static SafetensorsFile ofShards(SafetensorsIndex index) {
    SortedMap<String, TensorSpec> tensors = new TreeMap<>();
    SortedMap<String, String> holder = new TreeMap<>();
    Map<String, MappedWindows> windows = new TreeMap<>();
    Map<String, String> metadata = new LinkedHashMap<>();
    for (String name : index.shards()) {
      Path path = index.pathOf(name);
      if (!Files.isRegularFile(path)) {
        throw SafetensorsIndex.corrupt(index.file(), "shard %s is missing".formatted(name));
      }
      MappedShard shard = MappedShard.open(path);
      shard.header().metadata().forEach(metadata::putIfAbsent);
      for (TensorSpec tensor : shard.header().tensors().values()) {
        String other = holder.put(tensor.name(), name);
        if (other != null) {
          throw SafetensorsIndex.corrupt(
              index.file(),
              "tensor %s lies in two shards, %s and %s"
                  .formatted(SafetensorsIndex.quote(tensor.name()), other, name));
        }
        tensors.put(tensor.name(), tensor);
        windows.put(tensor.name(), shard.windows());
      }
    }
    requireSamePlaces(index, holder);
    return new SafetensorsFile(
        index.file(), tensors, Collections.unmodifiableMap(metadata), windows);
  }

  private static void requireSamePlaces(SafetensorsIndex index, SortedMap<String, String> holder) {
    for (Map.Entry<String, String> wanted : index.shardOf().entrySet()) {
      String found = holder.get(wanted.getKey());
      if (!wanted.getValue().equals(found)) {
        throw SafetensorsIndex.corrupt(
            index.file(),
            "it places tensor %s in shard %s, but %s"
                .formatted(
                    SafetensorsIndex.quote(wanted.getKey()),
                    wanted.getValue(),
                    found == null ? "no shard holds it" : "it lies in " + found));
      }
    }
    for (Map.Entry<String, String> found : holder.entrySet()) {
      if (!index.shardOf().containsKey(found.getKey())) {
        throw SafetensorsIndex.corrupt(
            index.file(),
            "shard %s holds tensor %s, which the index does not name"
                .formatted(found.getValue(), SafetensorsIndex.quote(found.getKey())));
      }
    }
  }

  /** Where the file, or the index, lies. */
  public Path path() {
    return file;
  }

  /** All tensors by name. */
  public SortedMap<String, TensorSpec> tensors() {
    return tensors;
  }

  /** The free text of the header, in the file's order; of shards, the first to say something. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /**
   * The bytes of a tensor: little-endian, read-only, mapped. The view stays valid after {@link
   * #close}.
   */
  public ByteBuffer bytes(String name) {
    if (closed) {
      throw new IllegalStateException("File " + file + " is closed");
    }
    TensorSpec tensor = require(name);
    return windows.get(name).bytes(tensor);
  }

  /** A tensor of type F32, F16 or BF16 as floats; widening is exact. */
  public float[] floats(String name) {
    return elements(name).floats();
  }

  /** A tensor of type F32, F16 or BF16, mapped, to be read as floats by stretches. */
  public FloatElements elements(String name) {
    TensorSpec tensor = require(name);
    if (!FloatElements.types().contains(tensor.type())) {
      throw wrongType(tensor, "F32, F16 or BF16");
    }
    return new FloatElements(tensor.type(), bytes(name));
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
    TensorSpec tensor = tensors.get(name);
    if (tensor == null) {
      throw new CorruptFileException(
          "File %s has no tensor \"%s\" among its %s; use the file that belongs to this model"
              .formatted(file, name, tensors.size()));
    }
    return tensor;
  }

  private int elements(TensorSpec tensor) {
    if (tensor.elements() > Integer.MAX_VALUE - 8) {
      throw new UserInputException(
          "Tensor \"%s\" of %s has %s elements, more than a Java array holds; use a smaller base"
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
}
