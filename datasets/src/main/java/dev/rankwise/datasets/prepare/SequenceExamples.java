package dev.rankwise.datasets.prepare;

import dev.rankwise.datasets.shard.ExampleKind;
import dev.rankwise.datasets.shard.Split;
import java.util.List;

/**
 * Conversations and texts as packed sequences.
 *
 * <p>Rows are tokenised once and kept, in memory or on disk, on the executors. The driver sees the
 * length of each text, four bytes, and makes the plan of packing from them.
 */
final class SequenceExamples implements TaskExamples {
  private final List<SequenceSplit> splits;

  private SequenceExamples(List<SequenceSplit> splits) {
    this.splits = splits;
  }

  static SequenceExamples of(
      OrderedRows train, OrderedRows test, SequenceSettings settings, TokenizerSource tokenizer) {
    SequenceEncoder encoder =
        new SequenceEncoder(tokenizer, settings.truncation(), settings.maximumTokens());
    SequenceExamples examples =
        new SequenceExamples(
            List.of(
                SequenceSplit.of(Split.TRAIN, train, encoder, settings),
                SequenceSplit.of(Split.TEST, test, encoder, settings)));
    for (SequenceSplit split : examples.splits) {
      DataPreparation.requireSplit(settings.split(), split.split(), split.rows(), train.accepted());
    }
    return examples;
  }

  @Override
  public ExampleKind kind() {
    return ExampleKind.SEQUENCES;
  }

  @Override
  public List<String> labels() {
    return List.of();
  }

  @Override
  public List<SplitExamples> splits() {
    return List.copyOf(splits);
  }

  @Override
  public void close() {
    splits.forEach(SequenceSplit::close);
  }
}
