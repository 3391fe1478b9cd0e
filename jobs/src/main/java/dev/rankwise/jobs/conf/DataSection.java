package dev.rankwise.jobs.conf;

import dev.rankwise.datasets.chat.ChatRenderer;
import dev.rankwise.datasets.chat.RowForm;
import dev.rankwise.datasets.example.LabelledColumns;
import dev.rankwise.datasets.example.TurnColumns;
import dev.rankwise.datasets.prepare.PreparationSettings;
import dev.rankwise.datasets.prepare.SequenceSettings;
import dev.rankwise.datasets.prepare.SplitRule;
import dev.rankwise.datasets.prepare.UnknownLabels;
import dev.rankwise.datasets.shard.ExampleKind;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.datasets.source.RowSources;
import dev.rankwise.datasets.source.SourceFormat;
import dev.rankwise.jobs.text.FileNames;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.sql.SparkSession;

/**
 * Rows, and how they become examples. Driver only.
 *
 * @param source where the rows lie
 * @param format format of the files; empty to go by the extension
 * @param columns where text, label and key of labelled text lie
 * @param split which rows are held out
 * @param evaluationSource where the held-out rows lie; empty if they are a part of {@code source}
 * @param maximumTokens longest example; absent for the default, which depends on the base
 * @param limits longest text
 * @param labels the classes in order; empty to take those of the training rows
 * @param unknownLabels what a row of another label does
 * @param sequences whether rows are labelled, and how they become sequences otherwise
 * @param prepared folder of the prepared data; empty for the one in the run folder
 */
public record DataSection(
    String source,
    String format,
    LabelledColumns columns,
    SplitRule split,
    String evaluationSource,
    OptionalInt maximumTokens,
    RowLimits limits,
    List<String> labels,
    UnknownLabels unknownLabels,
    SequenceSection sequences,
    String prepared) {

  public DataSection {
    labels = List.copyOf(labels);
  }

  static DataSection of(RecipeValues values) {
    return new DataSection(
        values.text("data.source"),
        values.text("data.format"),
        new LabelledColumns(
            values.text("data.text-column"),
            values.text("data.label-column"),
            values.text("data.key-column")),
        split(values),
        values.text("data.evaluation-source"),
        values.optionalWhole("data.max-tokens"),
        new RowLimits(values.whole("data.max-characters")),
        values.texts("data.labels"),
        values.constant(UnknownLabels.class, "data.unknown-labels"),
        SequenceSection.of(values),
        values.text("data.prepared"));
  }

  /** The rows to train on and, unless they lie elsewhere, those that are held out. */
  public RowSource rows() {
    return rowsAt(source);
  }

  /** The held-out rows, if they lie elsewhere. */
  public Optional<RowSource> evaluationRows() {
    return evaluationSource.isEmpty() ? Optional.empty() : Optional.of(rowsAt(evaluationSource));
  }

  /**
   * How labelled rows are prepared for a base.
   *
   * @param positions the longest sequence that the base takes, in tokens
   * @throws UserInputException if the longest example is longer than that
   */
  public PreparationSettings preparation(int positions) {
    int tokens = longest(ExampleKind.LABELLED, positions);
    return new PreparationSettings(columns, split, tokens, limits, labels, unknownLabels);
  }

  /**
   * How conversations and texts are prepared for a base.
   *
   * @param form the form of the rows
   * @param renderer how conversations are written
   * @param positions the longest sequence that the base takes, in tokens
   * @throws UserInputException if the longest sequence is longer than that, or a column does not
   *     belong to the form
   */
  public SequenceSettings sequences(RowForm form, ChatRenderer renderer, int positions) {
    return new SequenceSettings(
        new TurnColumns(form, sequences.columns(), columns.key()),
        split,
        longest(ExampleKind.SEQUENCES, positions),
        limits,
        renderer,
        sequences.trainOn(),
        sequences.truncation(),
        sequences.packing());
  }

  /**
   * The form of the rows: what the recipe names, or else what the columns of the source tell.
   *
   * @throws DataException if the columns are those of no form
   */
  public RowForm form(SparkSession spark) {
    return sequences.form().orElseGet(() -> formByColumns(rows().columns(spark, limits)));
  }

  private RowForm formByColumns(List<String> found) {
    List<String> known = new ArrayList<>(found);
    sequences
        .columns()
        .forEach(
            (name, column) -> known.addAll(found.contains(column) ? List.of(name) : List.of()));
    return RowForm.of(known)
        .orElseThrow(
            () ->
                new DataException(
                    ("Cannot tell the form of the rows by their columns (%s): %s; name the form in"
                            + " data.row-format and its columns in data.columns")
                        .formatted(String.join(", ", found), RowForm.rules())));
  }

  /** The same for rows at another place, all of which are held out. */
  public DataSection heldOut(String otherSource, String otherFormat) {
    return new DataSection(
        otherSource,
        otherFormat,
        columns,
        SplitRule.testOnly(),
        "",
        maximumTokens,
        limits,
        labels,
        unknownLabels,
        sequences,
        prepared);
  }

  /**
   * The most tokens of an example.
   *
   * @param kind what the rows become
   * @param positions how many the base can take
   */
  public int longest(ExampleKind kind, int positions) {
    return switch (kind) {
      case LABELLED -> tokens(positions, PreparationSettings.defaultMaximumTokens(positions));
      case SEQUENCES -> tokens(positions, SequenceSettings.defaultMaximumTokens(positions));
    };
  }

  private int tokens(int positions, int usual) {
    int tokens = maximumTokens.orElse(usual);
    if (tokens > positions) {
      throw new UserInputException(
          "Invalid data.max-tokens: %s (must be at most the %s positions of the base); lower it"
                  .formatted(tokens, positions)
              + " or leave it out");
    }
    return tokens;
  }

  private RowSource rowsAt(String location) {
    FileNames.ofThisProcess().requirePath(location);
    return format.isEmpty()
        ? RowSources.at(location)
        : RowSources.at(location, SourceFormat.named(format));
  }

  private static SplitRule split(RecipeValues values) {
    if (values.has("data.test-fraction")) {
      return SplitRule.testFraction(values.number("data.test-fraction"));
    }
    if (values.has("data.test-rows") || values.has("data.train-rows")) {
      return SplitRule.counts(
          values.optionalWhole("data.test-rows").orElse(0),
          values.optionalWhole("data.train-rows").orElse(Integer.MAX_VALUE));
    }
    return SplitRule.trainOnly();
  }
}
