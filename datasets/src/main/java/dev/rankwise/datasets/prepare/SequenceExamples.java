package dev.rankwise.datasets.prepare;

import dev.rankwise.datasets.example.RowTask;
import dev.rankwise.datasets.shard.ExampleKind;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.models.failure.DataException;
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
    SequenceEncoder encoder = new SequenceEncoder(tokenizer, settings, List.of());
    SequenceEncoder weighted = new SequenceEncoder(tokenizer, settings, settings.tasks());
    SequenceExamples examples =
        new SequenceExamples(
            List.of(
                SequenceSplit.of(Split.TRAIN, train, weighted, settings),
                SequenceSplit.of(Split.TEST, test, encoder, settings)));
    for (SequenceSplit split : examples.splits) {
      DataPreparation.requireSplit(settings.split(), split.split(), split.rows(), train.accepted());
    }
    if (settings.split().yields(Split.TRAIN)) {
      requireEach(settings.tasks(), examples.splits.get(0));
    }
    return examples;
  }

  private static void requireEach(List<RowTask> tasks, SequenceSplit train) {
    for (int task = 0; task < tasks.size(); task++) {
      if (train.used(task) == 0) {
        throw new DataException(
            ("Cannot train task \"%s\": none of its rows is left to train on; check the source, the"
                    + " columns and the weight that data.tasks gives it, or leave it out")
                .formatted(tasks.get(task).name()));
      }
    }
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
