package dev.rankwise.datasets.prepare;

import dev.rankwise.datasets.example.LabelSet;
import dev.rankwise.datasets.shard.ExampleKind;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.datasets.shard.SplitManifest;
import dev.rankwise.datasets.source.Rejection;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.models.failure.DataException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Row;

/**
 * Texts with a class. The classes are the labels of the training rows, sorted, unless the settings
 * name them; a row with another label is a rejection.
 */
final class LabelledExamples implements TaskExamples {
  private static final int MOST_LABELS_SHOWN = 10;

  private final LabelSet labels;
  private final List<SplitExamples> splits;

  private LabelledExamples(LabelSet labels, List<SplitExamples> splits) {
    this.labels = labels;
    this.splits = splits;
  }

  static LabelledExamples of(
      OrderedRows train,
      OrderedRows test,
      PreparationSettings settings,
      TokenizerSource tokenizer) {
    List<SplitRows> rows =
        List.of(SplitRows.of(train, Split.TRAIN), SplitRows.of(test, Split.TEST));
    for (SplitRows split : rows) {
      DataPreparation.requireSplit(settings.split(), split.split(), split.size(), train.accepted());
    }
    LabelSet labels =
        settings.labels().isEmpty()
            ? LabelSet.sorted(rows.get(0).labels())
            : new LabelSet(settings.labels());
    for (SplitRows split : rows) {
      requireKnown(labels, split, settings.unknownLabels());
    }
    List<SplitExamples> splits =
        rows.stream()
            .<SplitExamples>map(
                split -> new Labelled(split, labels, tokenizer, settings.maximumTokens()))
            .toList();
    return new LabelledExamples(labels, splits);
  }

  @Override
  public ExampleKind kind() {
    return ExampleKind.LABELLED;
  }

  @Override
  public List<String> labels() {
    return labels.labels();
  }

  @Override
  public List<SplitExamples> splits() {
    return splits;
  }

  /** Nothing is held: rows are read and tokenised as they are written. */
  @Override
  public void close() {}

  private static void requireKnown(LabelSet labels, SplitRows split, UnknownLabels policy) {
    long unknown = split.unknown(labels);
    boolean allUnknown = unknown > 0 && unknown == split.size();
    if (allUnknown || (unknown > 0 && policy == UnknownLabels.FAIL)) {
      throw new DataException(
          "Cannot use "
              + unknown
              + " of "
              + split.size()
              + " "
              + split.split().folder()
              + " rows: their label is not one of the "
              + labels.size()
              + " known labels ("
              + shown(labels)
              + "); check the label column, or mend or leave out these rows");
    }
  }

  private static String shown(LabelSet labels) {
    String first =
        labels.labels().stream()
            .limit(MOST_LABELS_SHOWN)
            .map(label -> "\"" + label + "\"")
            .collect(Collectors.joining(", "));
    return labels.size() > MOST_LABELS_SHOWN ? first + " …" : first;
  }

  /** One split's rows with a known label. */
  private record Labelled(
      SplitRows placed, LabelSet labels, TokenizerSource tokenizer, int maximumTokens)
      implements SplitExamples {

    @Override
    public Split split() {
      return placed.split();
    }

    @Override
    public long rows() {
      return placed.size();
    }

    @Override
    public Map<RejectionReason, Long> rejected() {
      long unknown = placed.unknown(labels);
      return unknown == 0 ? Map.of() : Map.of(RejectionReason.UNKNOWN_LABEL, unknown);
    }

    @Override
    public JavaRDD<Rejection> rejections() {
      return placed.unknownRows(labels);
    }

    @Override
    public long truncated(SplitManifest written) {
      return written.truncated();
    }

    @Override
    public JavaRDD<Row> examples() {
      return placed.examples(labels, tokenizer, maximumTokens);
    }
  }
}
