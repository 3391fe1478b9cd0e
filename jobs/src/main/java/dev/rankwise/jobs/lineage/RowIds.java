package dev.rankwise.jobs.lineage;

import dev.rankwise.datasets.shard.ExampleKind;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.datasets.source.ContentHash;
import dev.rankwise.models.failure.CorruptFileException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * The ids of the rows that a run trains on and that it holds out, as hashes: {@code row-ids.bin} in
 * the run folder. An id may be a person's, so what is kept can tell whether an id is among them and
 * not which ids there are.
 *
 * <table>
 *   <caption>Bytes, numbers big end first</caption>
 *   <tr><th>at</th><th>bytes</th><th>content</th></tr>
 *   <tr><td>0</td><td>8</td><td>{@code RWROWID1}</td></tr>
 *   <tr><td>8</td><td>8</td><td>t, number of ids that are trained on</td></tr>
 *   <tr><td>16</td><td>8</td><td>h, number of ids that are held out</td></tr>
 *   <tr><td>24</td><td>16 · t</td><td>the first 16 bytes of the SHA-256 of each id that is trained
 *     on, in ascending order (unsigned), each once</td></tr>
 *   <tr><td>24 + 16 · t</td><td>16 · h</td><td>the same of those held out</td></tr>
 * </table>
 *
 * <p>A search reads about log2(t) + log2(h) hashes. That an id is taken for one of a billion others
 * has a probability of 3e-30.
 */
public final class RowIds {
  /** Name of the file in a run folder. */
  public static final String FILE = "row-ids.bin";

  private static final byte[] MAGIC = "RWROWID1".getBytes(StandardCharsets.US_ASCII);
  private static final int HEADER = MAGIC.length + 2 * Long.BYTES;
  private static final int HASH = 16;

  /** What fits into one array, with the header. */
  private static final long MOST_IDS = ((long) Integer.MAX_VALUE - HEADER - HASH) / HASH;

  /** What the driver collects: an id takes some 200 bytes there on its way into the file. */
  private static final int MOST_COLLECTED = 2_000_000;

  private RowIds() {}

  /**
   * The file's bytes for prepared data; nothing where they have more ids than a driver should
   * collect (two million).
   */
  public static Optional<byte[]> of(SparkSession spark, PreparedData data) {
    byte[][] trained = hashes(spark, data, Split.TRAIN);
    byte[][] held = hashes(spark, data, Split.TEST);
    if (trained.length + held.length > MOST_COLLECTED) {
      return Optional.empty();
    }
    if ((long) trained.length + held.length > MOST_IDS) {
      return Optional.empty();
    }
    ByteBuffer bytes = ByteBuffer.allocate(HEADER + HASH * (trained.length + held.length));
    bytes.put(MAGIC).putLong(trained.length).putLong(held.length);
    Arrays.stream(trained).forEach(bytes::put);
    Arrays.stream(held).forEach(bytes::put);
    return Optional.of(bytes.array());
  }

  /**
   * The hashes of a split's ids, in ascending order, each once; any of them if they are too many.
   */
  private static byte[][] hashes(SparkSession spark, PreparedData data, Split split) {
    if (data.manifest().split(split).examples() == 0) {
      return new byte[0][];
    }
    Column id =
        data.manifest().kind() == ExampleKind.LABELLED
            ? functions.col("row_id")
            : functions.explode(functions.col("row_ids"));
    List<Row> rows =
        data.rows(spark, split)
            .select(id.as("id"))
            .select(
                functions.substring(
                    functions.sha2(functions.col("id").cast("binary"), 256), 1, 2 * HASH))
            .distinct()
            .limit(MOST_COLLECTED + 1)
            .collectAsList();
    return rows.stream()
        .map(row -> HexFormat.of().parseHex(row.getString(0)))
        .sorted(Arrays::compareUnsigned)
        .toArray(byte[][]::new);
  }

  /** Where an id is among those of a run. */
  public enum Use {
    TRAINED_ON,
    HELD_OUT
  }

  /**
   * What a run did with a row; nothing if it had none of that id.
   *
   * @param file a run's {@link #FILE}
   * @throws CorruptFileException if it is none
   */
  public static Optional<Use> use(Path file, String id) {
    byte[] sought =
        Arrays.copyOf(ContentHash.sha256().digest(id.getBytes(StandardCharsets.UTF_8)), HASH);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer header = read(channel, 0, HEADER);
      byte[] magic = new byte[MAGIC.length];
      header.get(magic);
      long trained = header.getLong();
      long held = header.getLong();
      boolean sound =
          Arrays.equals(magic, MAGIC)
              && trained >= 0
              && held >= 0
              && trained <= MOST_IDS
              && held <= MOST_IDS
              && channel.size() == HEADER + HASH * (trained + held);
      if (!sound) {
        throw corrupt(file, "it is cut short or no such file", null);
      }
      if (holds(channel, HEADER, trained, sought)) {
        return Optional.of(Use.TRAINED_ON);
      }
      return holds(channel, HEADER + HASH * trained, held, sought)
          ? Optional.of(Use.HELD_OUT)
          : Optional.empty();
    } catch (IOException e) {
      throw corrupt(file, String.valueOf(e.getMessage()), e);
    }
  }

  private static boolean holds(FileChannel channel, long begin, long count, byte[] sought)
      throws IOException {
    long low = 0;
    long high = count - 1;
    while (low <= high) {
      long middle = (low + high) >>> 1;
      int order =
          Arrays.compareUnsigned(read(channel, begin + HASH * middle, HASH).array(), sought);
      if (order == 0) {
        return true;
      }
      low = order < 0 ? middle + 1 : low;
      high = order < 0 ? high : middle - 1;
    }
    return false;
  }

  private static ByteBuffer read(FileChannel channel, long at, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count);
    long place = at;
    while (bytes.hasRemaining()) {
      int some = channel.read(bytes, place);
      if (some < 0) {
        throw new IOException("it ends too early");
      }
      place += some;
    }
    return bytes.flip();
  }

  private static CorruptFileException corrupt(Path file, String what, Exception cause) {
    return new CorruptFileException(
        "Cannot read the ids of rows in %s: %s; the run that wrote it can write it again"
            .formatted(file, what),
        cause);
  }

  /** Whether a folder has the file. */
  static boolean lieIn(Path folder) {
    return Files.isRegularFile(folder.resolve(FILE));
  }
}
