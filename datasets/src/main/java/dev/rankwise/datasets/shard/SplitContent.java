package dev.rankwise.datasets.shard;

import dev.rankwise.datasets.pack.Sequence;
import dev.rankwise.datasets.source.ContentHash;
import dev.rankwise.models.failure.CorruptFileException;
import java.io.Serializable;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * What a split's rows say when they are read through once.
 *
 * <p>The content hash does not depend on how rows are spread over files or partitions: {@code
 * SHA-256(n ‖ Σ SHA-256(all of an example) mod 2^256)}. Addition may be done in any order, and
 * since each term holds its position, the order of the examples is part of the hash.
 */
final class SplitContent {
  private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(256);
  private static final int ABSENT = -1;

  private final int[] lengths;
  private final int[] targets;
  private final int[] labels;
  private final int[] tasks;
  private final int[] texts;
  private final List<int[]> textLengths;
  private final long truncated;
  private final String sha256;

  private SplitContent(
      ExampleSizes sizes,
      int[] labels,
      int[] texts,
      List<int[]> textLengths,
      long truncated,
      String sha256) {
    this.lengths = sizes.lengths();
    this.targets = sizes.targets();
    this.tasks = sizes.tasks();
    this.texts = texts;
    this.textLengths = List.copyOf(textLengths);
    this.labels = labels;
    this.truncated = truncated;
    this.sha256 = sha256;
  }

  /** Reads {@code rows}, which have the schema of {@code kind}. */
  static SplitContent of(Dataset<Row> rows, ExampleKind kind, String location) {
    List<Part> parts = rows.toJavaRDD().mapPartitions(part -> part(part, kind)).collect();
    int examples = parts.stream().mapToInt(part -> part.positions().length).sum();
    int[] lengths = new int[examples];
    int[] targets = new int[examples];
    int[] labels = new int[examples];
    int[] tasks = new int[examples];
    int[] texts = new int[examples];
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
        targets[position] = part.targets()[i];
        labels[position] = part.labels()[i];
        tasks[position] = part.tasks()[i];
        texts[position] = part.texts()[i];
      }
      sum = sum.add(part.sum());
      truncated += part.truncated();
    }
    String sha256 = new ContentHash().add(examples).add(sum.mod(MODULUS).toByteArray()).hex();
    return new SplitContent(
        new ExampleSizes(lengths, targets, ordered(tasks, location)),
        labels,
        texts,
        parts.stream().map(Part::textLengths).toList(),
        truncated,
        sha256);
  }

  /** The tasks by position, which must not fall; none where no example has one. */
  private static int[] ordered(int[] tasks, String location) {
    if (Arrays.stream(tasks).allMatch(task -> task == Sequence.NO_TASK)) {
      return new int[0];
    }
    for (int i = 0; i < tasks.length; i++) {
      if (tasks[i] == Sequence.NO_TASK || (i > 0 && tasks[i] < tasks[i - 1])) {
        throw new CorruptFileException(
            "Cannot read \"%s\": the task at position %s is none or lower than the one before; prepare the data again"
                .formatted(location, i));
      }
    }
    return tasks;
  }

  /** Tokens, targets and tasks by position. */
  ExampleSizes sizes() {
    return new ExampleSizes(lengths, targets, tasks);
  }

  String sha256() {
    return sha256;
  }

  /** The split's manifest, whose rows lie in {@code files}. */
  SplitManifest manifest(int classes, int taskNumber, int maximumTokens, List<PreparedFile> files) {
    long[] counts = new long[classes];
    for (int label : labels) {
      if (label != RowFacts.NO_LABEL) {
        counts[label]++;
      }
    }
    long tokens = Arrays.stream(lengths).asLongStream().sum();
    return new SplitManifest(
        lengths.length,
        textLengths.stream().mapToLong(part -> part.length).sum(),
        tokens,
        Arrays.stream(targets).asLongStream().sum(),
        lengths.length == 0 ? 0 : tokens / ((double) lengths.length * maximumTokens),
        truncated,
        sha256,
        LengthHistogram.of(textLengths, maximumTokens),
        Arrays.stream(counts).boxed().toList(),
        taskCounts(taskNumber),
        files);
  }

  private List<TaskCounts> taskCounts(int taskNumber) {
    TaskCounts[] counts = new TaskCounts[taskNumber];
    Arrays.fill(counts, TaskCounts.NONE);
    for (int i = 0; i < tasks.length; i++) {
      counts[tasks[i]] = counts[tasks[i]].plus(texts[i], lengths[i], targets[i]);
    }
    return List.of(counts);
  }

  private static Iterator<Part> part(Iterator<Row> rows, ExampleKind kind) {
    IntArray positions = new IntArray();
    IntArray lengths = new IntArray();
    IntArray targets = new IntArray();
    IntArray labels = new IntArray();
    IntArray tasks = new IntArray();
    IntArray texts = new IntArray();
    IntArray textLengths = new IntArray();
    BigInteger sum = BigInteger.ZERO;
    long truncated = 0;
    while (rows.hasNext()) {
      RowFacts facts = kind.facts(rows.next());
      positions.add(facts.position());
      lengths.add(facts.length());
      targets.add(facts.targets());
      labels.add(facts.label());
      tasks.add(facts.task());
      texts.add(facts.texts().length);
      Arrays.stream(facts.texts()).forEach(textLengths::add);
      sum = sum.add(new BigInteger(1, facts.hash())).mod(MODULUS);
      truncated += facts.truncated();
    }
    return List.of(
            new Part(
                positions.toArray(),
                lengths.toArray(),
                targets.toArray(),
                labels.toArray(),
                tasks.toArray(),
                texts.toArray(),
                textLengths.toArray(),
                truncated,
                sum))
        .iterator();
  }

  /** What one partition holds. */
  private record Part(
      int[] positions,
      int[] lengths,
      int[] targets,
      int[] labels,
      int[] tasks,
      int[] texts,
      int[] textLengths,
      long truncated,
      BigInteger sum)
      implements Serializable {}
}
