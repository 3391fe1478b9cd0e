package dev.rankwise.datasets.clean;

import dev.rankwise.datasets.clean.text.WordGrams;
import dev.rankwise.models.failure.DataException;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaRDD;

/**
 * What a model is measured on, as runs of 13 words, by which training rows that share one are found
 * (Brown et al. 2020, <em>Language Models are Few-Shot Learners</em>, appendix C).
 *
 * <p>A text of fewer words is one run by itself, and a row shares it only if it is that text, word
 * for word: a run of a few words stands in many texts. Eight bytes a run, ordered, on every
 * executor. Another run is taken for one of a million with a probability of 5e-14.
 */
final class MeasuredTexts implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Words of a run. */
  static final int WORDS = 13;

  /** 512 MiB on every executor. */
  private static final int MOST_RUNS = 1 << 26;

  private final long[] runs;

  private MeasuredTexts(long[] runs) {
    this.runs = runs;
  }

  /**
   * The runs of texts.
   *
   * @param texts the texts of all evaluation sets
   * @throws DataException if there are none, or more than an executor should hold
   */
  static MeasuredTexts of(JavaRDD<String> texts) {
    List<long[]> parts =
        texts
            .filter(Objects::nonNull)
            .mapPartitions(
                part -> {
                  Stream.Builder<long[]> runs = Stream.builder();
                  part.forEachRemaining(text -> runs.add(WordGrams.distinct(text, WORDS)));
                  long[] distinct =
                      runs.build().flatMapToLong(Arrays::stream).sorted().distinct().toArray();
                  return List.of(distinct).iterator();
                })
            .collect();
    long all = parts.stream().mapToLong(part -> part.length).sum();
    if (all == 0) {
      throw new DataException(
          "Cannot compare with data.decontaminate: its sources hold no text; check their paths and"
              + " columns");
    }
    if (all > MOST_RUNS) {
      throw new DataException(
          "Cannot compare with data.decontaminate: its sources hold %s runs of %s words (at most %s);"
                  .formatted(all, WORDS, MOST_RUNS)
              + " name smaller evaluation sets");
    }
    return new MeasuredTexts(
        parts.stream().flatMapToLong(Arrays::stream).sorted().distinct().toArray());
  }

  /** Whether a text has a run that is among these. */
  boolean share(String text) {
    return Arrays.stream(WordGrams.of(text, WORDS))
        .anyMatch(run -> Arrays.binarySearch(runs, run) >= 0);
  }
}
