package dev.rankwise.datasets.shard;

import dev.rankwise.datasets.example.Example;
import dev.rankwise.datasets.source.ContentHash;
import dev.rankwise.models.failure.CorruptFileException;
import java.io.Serializable;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * What a split's rows say when they are read through once.
 *
 * <p>The content hash does not depend on how rows are spread over files or partitions: {@code
 * SHA-256(n ‖ Σ SHA-256(position ‖ row id ‖ label ‖ ids) mod 2^256)}. Addition may be done in any
 * order, and since each term holds its position, the order of the examples is part of the hash.
 */
final class SplitContent {
  private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(256);
  private static final int ABSENT = -1;

  private final int[] lengths;
  private final int[] labels;
  private final long truncated;
  private final String sha256;

  private SplitContent(int[] lengths, int[] labels, long truncated, String sha256) {
    this.lengths = lengths;
    this.labels = labels;
    this.truncated = truncated;
    this.sha256 = sha256;
  }

  /** Reads {@code rows}, which have the schema of {@link ExampleRows}. */
  static SplitContent of(Dataset<Row> rows, String location) {
    List<Part> parts = rows.toJavaRDD().mapPartitions(SplitContent::part).collect();
    int examples = parts.stream().mapToInt(part -> part.positions().length).sum();
    int[] lengths = new int[examples];
    int[] labels = new int[examples];
    Arrays.fill(lengths, ABSENT);
    BigInteger sum = BigInteger.ZERO;
    long truncated = 0;
    for (Part part : parts) {
      for (int i = 0; i < part.positions().length; i++) {
        int position = part.positions()[i];
        if (position >= examples || lengths[position] != ABSENT) {
          throw new CorruptFileException(
              "Cannot read \""
                  + location
                  + "\": position "
                  + position
                  + " of "
                  + examples
                  + " examples stands twice or is out of range; prepare the data again");
        }
        lengths[position] = part.lengths()[i];
        labels[position] = part.labels()[i];
      }
      sum = sum.add(part.sum());
      truncated += part.truncated();
    }
    String sha256 = new ContentHash().add(examples).add(sum.mod(MODULUS).toByteArray()).hex();
    return new SplitContent(lengths, labels, truncated, sha256);
  }

  /** Lengths in tokens by position. */
  int[] lengths() {
    return lengths.clone();
  }

  String sha256() {
    return sha256;
  }

  /** The split's manifest, whose rows lie in {@code files}. */
  SplitManifest manifest(int classes, int maximumTokens, List<PreparedFile> files) {
    long[] counts = new long[classes];
    for (int label : labels) {
      counts[label]++;
    }
    long tokens = Arrays.stream(lengths).asLongStream().sum();
    return new SplitManifest(
        lengths.length,
        tokens,
        truncated,
        sha256,
        LengthHistogram.of(lengths, maximumTokens),
        Arrays.stream(counts).boxed().toList(),
        files);
  }

  private static Iterator<Part> part(Iterator<Row> rows) {
    List<int[]> entries = new ArrayList<>();
    BigInteger sum = BigInteger.ZERO;
    long truncated = 0;
    while (rows.hasNext()) {
      Row row = rows.next();
      Example example = ExampleRows.example(row);
      entries.add(new int[] {example.position(), example.length(), example.label()});
      sum = sum.add(term(example));
      truncated += ExampleRows.isTruncated(row) ? 1 : 0;
    }
    return List.of(
            new Part(column(entries, 0), column(entries, 1), column(entries, 2), truncated, sum))
        .iterator();
  }

  private static BigInteger term(Example example) {
    ContentHash hash = new ContentHash();
    hash.add(example.position()).add(example.rowId()).add(example.label());
    int[] ids = example.ids();
    hash.add(ids.length);
    for (int id : ids) {
      hash.add(id);
    }
    return new BigInteger(1, hash.bytes());
  }

  private static int[] column(List<int[]> entries, int column) {
    return entries.stream().mapToInt(entry -> entry[column]).toArray();
  }

  /** What one partition holds. */
  private record Part(int[] positions, int[] lengths, int[] labels, long truncated, BigInteger sum)
      implements Serializable {}
}
