package dev.rankwise.models.network;

import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.AtomicFile;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.FileFailure;
import dev.rankwise.models.format.ProcessLock;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.format.StagedDirectory;
import dev.rankwise.models.format.TensorSpec;
import dev.rankwise.models.network.LinkedProgram.LinkedSegment;
import dev.rankwise.models.network.MappedTensor.Form;
import dev.rankwise.models.quantized.BaseForm;
import dev.rankwise.models.quantized.BaseForm.BlockScaling;
import dev.rankwise.models.quantized.BlockScales;
import dev.rankwise.models.quantized.FourBitLayout;
import dev.rankwise.models.quantized.FourBitQuantizer;
import dev.rankwise.models.quantized.QuantizedTensor;
import dev.rankwise.models.source.BaseDirectory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The file that a replica maps: the base's tensors in the element type and order in which the
 * kernels read them, projection groups laid together. It is a private, verified copy in the local
 * cache, written once per host and shared by all executors: a mapped file that shrinks would kill
 * the JVM.
 *
 * <table>
 * <caption>Bytes, little-endian</caption>
 * <tr><th>part</th><th>content</th></tr>
 * <tr><td>tensor, at a multiple of 64</td><td>its sources one after the other, row-major, weights of
 * products as (out, in), float32 or bfloat16 (rounded to nearest, ties to even); of a weight in four
 * bits its codes, its blocks' scales and what these are made with, a tensor each</td></tr>
 * <tr><td>gap</td><td>zeros up to the next multiple of 64: products may take other paths, and give
 * other bits, on unaligned operands</td></tr>
 * </table>
 *
 * <p>Beside it lies {@code NAME.sha256} with the hash of the whole. Starts are a function of the
 * base's shapes, so no index is stored.
 */
final class ReplicaFile {
  private static final int ALIGNMENT = 64;
  private static final int BUFFER_BYTES = 1 << 20;

  /**
   * Where one tensor lies.
   *
   * @param tensor what it is made of
   * @param type type of its elements
   * @param shape its dimensions
   * @param start first byte, a multiple of 64
   */
  record Entry(MappedTensor tensor, ElementType type, List<Long> shape, long start) {

    /** First byte after it. */
    private long end() {
      long size = shape.stream().reduce(1L, Math::multiplyExact);
      return Math.addExact(start, Math.multiplyExact(size, (long) type.bytes()));
    }
  }

  private static final Set<Form> IN_FILE =
      Set.of(Form.WHOLE, Form.CODES, Form.BLOCK_SCALES, Form.SCALE_PARAMETERS);

  private final Path path;
  private final long bytes;
  private final List<Entry> entries;
  private final Map<MappedTensor, Entry> byTensor = new LinkedHashMap<>();
  private final Map<MappedTensor, float[]> norms;
  private String verified = "";
  private String stamp = "";

  private ReplicaFile(
      Path path, long bytes, List<Entry> entries, Map<MappedTensor, float[]> norms) {
    this.path = path;
    this.norms = norms;
    this.bytes = bytes;
    this.entries = List.copyOf(entries);
    this.entries.forEach(entry -> byTensor.put(entry.tensor(), entry));
  }

  /** The replica file of a base, written now unless a valid one lies in the cache. */
  static ReplicaFile obtain(
      BaseDirectory directory,
      ModelConfig config,
      List<LinkedSegment> segments,
      ReplicaSettings settings,
      Path cacheRoot) {
    try (SafetensorsFile stored = SafetensorsFile.open(directory.weights())) {
      ElementType type = settings.baseType().stored();
      BaseWeights weights = BaseWeights.of(stored, ModuleTree.of(config)).in(settings.form(), type);
      List<Entry> entries = entries(segments, weights, type);
      long bytes = entries.isEmpty() ? ALIGNMENT : aligned(entries.get(entries.size() - 1).end());
      String name = name(directory, entries, settings);
      Path folder = Files.createDirectories(cacheRoot.resolve("replicas"));
      ReplicaFile file =
          new ReplicaFile(folder.resolve(name), bytes, entries, norms(segments, weights));
      return ProcessLock.holding(folder.resolve(name + ".lock"), () -> file.writtenOnce(weights));
    } catch (IOException e) {
      throw new UserInputException(
          "Cannot write the replica file below %s: %s; free space there or choose another folder with"
                  .formatted(cacheRoot, FileFailure.reason(e))
              + " RANKWISE_CACHE_DIR",
          e);
    }
  }

  Path path() {
    return path;
  }

  long bytes() {
    return bytes;
  }

  /** Where a tensor of a linked segment lies. */
  Entry entry(MappedTensor tensor) {
    return byTensor.get(tensor);
  }

  /** The norms that a linked segment reads; they are not part of the file. */
  float[] norms(MappedTensor tensor) {
    return norms.get(tensor);
  }

  private static Map<MappedTensor, float[]> norms(
      List<LinkedSegment> segments, BaseWeights weights) {
    Map<MappedTensor, float[]> norms = new LinkedHashMap<>();
    for (LinkedSegment segment : segments) {
      for (MappedTensor tensor : segment.weights()) {
        if (tensor.form() == Form.OUTPUT_NORMS) {
          norms.computeIfAbsent(tensor, key -> joinedNorms(key.sources(), weights));
        }
      }
    }
    return norms;
  }

  private static float[] joinedNorms(List<String> sources, BaseWeights weights) {
    float[] joined = new float[0];
    for (String source : sources) {
      float[] next = weights.outputNorms(source);
      int size = joined.length;
      joined = Arrays.copyOf(joined, size + next.length);
      System.arraycopy(next, 0, joined, size, next.length);
    }
    return joined;
  }

  private static List<Entry> entries(
      List<LinkedSegment> segments, BaseWeights weights, ElementType type) {
    Set<MappedTensor> tensors = new LinkedHashSet<>();
    segments.stream()
        .flatMap(segment -> segment.weights().stream())
        .filter(tensor -> IN_FILE.contains(tensor.form()))
        .forEach(tensors::add);
    List<Entry> entries = new ArrayList<>();
    long start = 0;
    for (MappedTensor tensor : tensors) {
      Entry entry =
          tensor.form() == Form.WHOLE
              ? new Entry(tensor, type, shape(tensor, weights), start)
              : inFourBits(tensor, weights, start);
      entries.add(entry);
      start = aligned(entry.end());
    }
    return entries;
  }

  private static Entry inFourBits(MappedTensor tensor, BaseWeights weights, long start) {
    FourBitLayout layout = weights.layout(tensor.sources().get(0)).orElseThrow();
    boolean single = layout.form().scaling() == BlockScaling.SINGLE;
    long blocks = layout.blocks();
    return switch (tensor.form()) {
      case CODES -> {
        long bytes = blocks * layout.form().blockSize() / 2;
        yield new Entry(tensor, ElementType.U8, List.of(bytes), start);
      }
      case BLOCK_SCALES ->
          new Entry(tensor, single ? ElementType.F32 : ElementType.U8, List.of(blocks), start);
      default ->
          new Entry(tensor, ElementType.F32, List.of((long) layout.scaleParameters()), start);
    };
  }

  /** Sources are joined along their first dimension: rows add up, columns agree. */
  private static List<Long> shape(MappedTensor tensor, BaseWeights weights) {
    List<Long> shape = new ArrayList<>(shape(tensor.sources().get(0), weights));
    for (String source : tensor.sources().subList(1, tensor.sources().size())) {
      shape.set(0, Math.addExact(shape.get(0), shape(source, weights).get(0)));
    }
    return List.copyOf(shape);
  }

  private static List<Long> shape(String source, BaseWeights weights) {
    TensorSpec tensor = weights.present().get(source);
    if (tensor == null) {
      throw new UserInputException(
          "Base has no tensor \"%s\", so it cannot be frozen: name its module in".formatted(source)
              + " adapter.modules-to-save to train it from a fresh start");
    }
    boolean turned = weights.isStoredInputFirst(source);
    return turned
        ? List.of(tensor.shape().get(1), tensor.shape().get(0))
        : asMatrix(tensor.shape());
  }

  /** A tensor of more than two axes, such as a convolution's weight, is its first by the rest. */
  private static List<Long> asMatrix(List<Long> shape) {
    return shape.size() <= 2
        ? shape
        : List.of(
            shape.get(0), shape.subList(1, shape.size()).stream().reduce(1L, Math::multiplyExact));
  }

  private static long aligned(long end) {
    return Math.addExact(end, ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  private static String name(
      BaseDirectory directory, List<Entry> entries, ReplicaSettings settings) {
    // What another revision of the quantiser made is another file.
    String made =
        settings.form().equals(BaseForm.DENSE) ? "" : "revision " + FourBitQuantizer.REVISION;
    String key = directory.sha256() + settings.baseType() + settings.form() + made + entries;
    return Sha256.ofBytes(key.getBytes(StandardCharsets.UTF_8)) + ".base";
  }

  private Path hashPath() {
    return path.resolveSibling(path.getFileName() + ".sha256");
  }

  /** To be called under the lock that every writer of this file holds. */
  private ReplicaFile writtenOnce(BaseWeights weights) {
    if (!Files.exists(hashPath())) {
      StagedDirectory.removeLeftovers(path);
      StagedDirectory.removeLeftovers(hashPath());
      write(weights);
    }
    verify();
    return this;
  }

  private void write(BaseWeights weights) {
    AtomicFile.write(
        path,
        channel -> {
          Map<String, QuantizedTensor> last = new LinkedHashMap<>();
          for (Entry entry : entries) {
            channel.position(entry.start());
            for (String source : entry.tensor().sources()) {
              if (entry.tensor().form() == Form.WHOLE) {
                writeTensor(channel, weights.outputFirst(source), entry.type());
              } else {
                // Its parts follow each other, so that only one weight is held at a time.
                last.keySet().retainAll(Set.of(source));
                last.computeIfAbsent(source, weights::quantized);
                writeAll(channel, part(entry.tensor().form(), last.get(source)));
              }
            }
          }
          if (channel.size() < bytes) {
            channel.write(ByteBuffer.allocate(1), bytes - 1);
          }
        });
    AtomicFile.write(hashPath(), Sha256.ofFile(path));
  }

  private static ByteBuffer part(Form form, QuantizedTensor weight) {
    return switch (form) {
      case CODES -> weight.packed();
      case BLOCK_SCALES -> weight.scales().stored();
      default -> BlockScales.bytes(((BlockScales.Nested) weight.scales()).parameters());
    };
  }

  private static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static void writeTensor(FileChannel channel, float[] values, ElementType type)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      if (buffer.remaining() < type.bytes()) {
        drain(channel, buffer);
      }
      if (type == ElementType.F32) {
        buffer.putFloat(value);
      } else {
        buffer.putShort(bfloat16(value));
      }
    }
    drain(channel, buffer);
  }

  private static void drain(FileChannel channel, ByteBuffer buffer) throws IOException {
    buffer.flip();
    writeAll(channel, buffer);
    buffer.clear();
  }

  /** Rounds to the nearest bfloat16, ties to even; NaN stays NaN. */
  static short bfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40);
    }
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  /** The hash that the file was found to have when it was opened. */
  String sha256() {
    return verified;
  }

  /**
   * Whether the file is the one that was opened: it was not written to since, or holds the same
   * bytes again. It is read only where its size, its time or its place on the disk differ.
   */
  boolean isUnchanged() {
    return Files.exists(path) && (stamp().equals(stamp) || Sha256.ofFile(path).equals(verified));
  }

  private String stamp() {
    try {
      BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
      return "%s bytes at %s in %s"
          .formatted(attributes.size(), attributes.lastModifiedTime(), attributes.fileKey());
    } catch (IOException e) {
      throw FileFailure.reading(path, e);
    }
  }

  private void verify() {
    String expected = hash();
    stamp = Files.exists(path) ? stamp() : "";
    String actual = Files.exists(path) ? Sha256.ofFile(path) : "no file";
    if (!expected.equals(actual)) {
      throw new CorruptFileException(
          "Corrupt replica file %s: SHA-256 is %s, must be %s; delete it and its .sha256, it will be"
                  .formatted(path, actual, expected)
              + " written again");
    }
    verified = actual;
  }

  private String hash() {
    try {
      return Files.readString(hashPath()).trim();
    } catch (IOException e) {
      throw FileFailure.reading(hashPath(), e);
    }
  }
}
