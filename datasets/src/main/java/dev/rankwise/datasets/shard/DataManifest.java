package dev.rankwise.datasets.shard;

import dev.rankwise.datasets.example.LabelSet;
import dev.rankwise.datasets.source.ContentHash;
import dev.rankwise.datasets.source.SourceDescription;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The card of prepared data: {@code manifest.json}.
 *
 * @param format always {@link #FORMAT}
 * @param version version of the layout, {@link #VERSION}
 * @param kind what the examples are
 * @param freshness hash of all that the content follows from (sources, settings, tokenizer); empty
 *     where a source may change unseen, so that the data counts as stale
 * @param contentSha256 hash of labels and examples, the same however they are cut into files
 * @param baseSha256 hash of the base whose tokenizer was used
 * @param tokenizerSha256 hash of the tokenizer
 * @param maximumTokens longest example
 * @param sources what was read: the training source, then a separate evaluation source if any
 * @param settings the settings in recipe words
 * @param labels labels in class order; empty where examples have none
 * @param tasks names of the tasks in the order of their numbers; empty where rows have none
 * @param train the training split
 * @param test the held-out split
 * @param funnel what became of the rows
 * @param rejections the Parquet files of the side table
 */
public record DataManifest(
    String format,
    int version,
    ExampleKind kind,
    String freshness,
    String contentSha256,
    String baseSha256,
    String tokenizerSha256,
    int maximumTokens,
    List<SourceDescription> sources,
    Map<String, String> settings,
    List<String> labels,
    List<String> tasks,
    SplitManifest train,
    SplitManifest test,
    Funnel funnel,
    List<PreparedFile> rejections) {
  /** What the manifest of prepared data calls itself. */
  public static final String FORMAT = "rankwise-prepared-data";

  /** The version of the layout that this code writes and reads. */
  public static final int VERSION = 3;

  public DataManifest {
    sources = List.copyOf(sources);
    settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    labels = List.copyOf(labels);
    tasks = List.copyOf(tasks);
    rejections = List.copyOf(rejections);
  }

  /**
   * The hash of the whole content: labels in class order, the two splits' hashes, and the names of
   * tasks where there are any.
   *
   * @param labels labels in class order
   * @param tasks names of the tasks in the order of their numbers
   * @param trainSha256 content hash of the training split
   * @param testSha256 content hash of the held-out split
   */
  public static String contentSha256(
      List<String> labels, List<String> tasks, String trainSha256, String testSha256) {
    ContentHash hash = new ContentHash().add(labels.size());
    labels.forEach(hash::add);
    hash.add(trainSha256).add(testSha256);
    tasks.forEach(hash::add);
    return hash.hex();
  }

  /** The manifest of one split. */
  public SplitManifest split(Split split) {
    return switch (split) {
      case TRAIN -> train;
      case TEST -> test;
    };
  }

  /** The labels as class numbers. */
  public LabelSet labelSet() {
    return new LabelSet(labels);
  }
}
