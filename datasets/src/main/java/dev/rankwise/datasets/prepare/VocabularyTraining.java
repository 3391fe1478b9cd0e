package dev.rankwise.datasets.prepare;

import dev.rankwise.datasets.example.CheckedRow;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.models.tokenizer.bpe.BpeSettings;
import dev.rankwise.models.tokenizer.bpe.BpeTrainer;
import dev.rankwise.models.tokenizer.bpe.BpeVocabulary;
import dev.rankwise.models.tokenizer.bpe.StretchCounts;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;

/**
 * Trains a tokenizer on the rows to train on, each as it is written when it is prepared. Executors
 * count, the driver merges; the vocabulary is the same however the rows are partitioned.
 *
 * <p>The rows are those of {@link DataPreparation}: checked, without duplicates, split by the same
 * rule, and without those whose text a separate evaluation source holds, so that what a model is
 * measured on shaped no token. Only what takes a tokenizer or a set of labels to tell is not told
 * here: a row that is rejected for its tokens or its label is counted. Special tokens in a text
 * part it, as they do when it is tokenised.
 */
public final class VocabularyTraining {
  private final RowSource source;
  private final Optional<RowSource> evaluation;
  private final PreparationTask task;

  /**
   * A training on the rows that the task does not hold out.
   *
   * @param source the rows
   * @param task how they are prepared, and which of them are held out
   */
  public VocabularyTraining(RowSource source, PreparationTask task) {
    this(source, Optional.empty(), task);
  }

  private VocabularyTraining(
      RowSource source, Optional<RowSource> evaluation, PreparationTask task) {
    this.source = Objects.requireNonNull(source, "source");
    this.evaluation = evaluation;
    this.task = Objects.requireNonNull(task, "task");
  }

  /**
   * This training without the texts of {@code rows}, which are all held out.
   *
   * @throws dev.rankwise.models.failure.UserInputException if the task holds rows out besides
   */
  public VocabularyTraining withEvaluation(RowSource rows) {
    DataPreparation.requireNoneHeldOut(task.split());
    return new VocabularyTraining(source, Optional.of(rows), task);
  }

  /**
   * The vocabulary of all rows to train on.
   *
   * @throws dev.rankwise.models.failure.DataException if a column is missing, no row of a source
   *     can be used, or no text is left
   */
  public BpeVocabulary train(SparkSession spark, BpeSettings settings) {
    Pattern special = anyOf(settings.specialTokens());
    StretchCounts whole = new StretchCounts();
    try (OrderedRows held =
            evaluation.map(from -> OrderedRows.heldOut(spark, from, task)).orElse(null);
        OrderedRows rows = OrderedRows.of(spark, source, task, held)) {
      DataPreparation.requireRows(rows, held);
      rows.in(Split.TRAIN)
          .mapPartitions(part -> List.of(counted(part, special)).iterator())
          .collect()
          .forEach(whole::add);
    }
    return new BpeTrainer(settings).train(whole);
  }

  private static Pattern anyOf(List<String> tokens) {
    // Where one token begins with another the longer one is meant.
    return Pattern.compile(
        tokens.stream()
            .sorted(Comparator.comparingInt(String::length).reversed())
            .map(Pattern::quote)
            .collect(Collectors.joining("|")));
  }

  private static StretchCounts counted(Iterator<CheckedRow> rows, Pattern special) {
    StretchCounts counts = new StretchCounts();
    rows.forEachRemaining(row -> special.splitAsStream(row.text()).forEach(counts::add));
    return counts;
  }
}
