package dev.rankwise.jobs.conf;

import dev.rankwise.datasets.chat.ChatRenderer;
import dev.rankwise.datasets.chat.RowForm;
import dev.rankwise.datasets.clean.KeptPlace;
import dev.rankwise.datasets.example.LabelledColumns;
import dev.rankwise.datasets.example.RowTask;
import dev.rankwise.datasets.example.TurnColumns;
import dev.rankwise.datasets.picture.PictureForm;
import dev.rankwise.datasets.prepare.PreparationSettings;
import dev.rankwise.datasets.prepare.SequenceSettings;
import dev.rankwise.datasets.prepare.SplitRule;
import dev.rankwise.datasets.prepare.UnknownLabels;
import dev.rankwise.datasets.shard.ExampleKind;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.datasets.source.RowSources;
import dev.rankwise.datasets.source.SourceFormat;
import dev.rankwise.jobs.conf.SequenceSection.PictureRows;
import dev.rankwise.jobs.conf.SequenceSection.TaskRows;
import dev.rankwise.jobs.text.FileNames;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.UserInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
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
 * @param preparedSha256 content hash of prepared data that are used as they lie; empty to prepare
 *     what is stale
 * @param tasks the tasks of the rows, in the order of their numbers; empty where all rows lie at
 *     {@code source} and have none
 * @param pictures where the pictures of rows lie, and how they become square
 * @param cleaning how rows are cleaned before they are checked
 * @param incremental whether rows are kept as they were read and cleaned, so that new ones alone
 *     are read the next time; empty to leave it to the verb
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
    String prepared,
    String preparedSha256,
    List<TaskRows> tasks,
    PictureRows pictures,
    CleaningSection cleaning,
    Optional<Boolean> incremental) {
  private static final String INCREMENTAL = "data.incremental";

  public DataSection {
    labels = List.copyOf(labels);
    tasks = List.copyOf(tasks);
  }

  /** The keys that say where prepared data lie. */
  static List<RecipeKey> preparedKeys() {
    return List.of(
        RecipeKey.of("data.prepared", KeyType.text(), "folder of the prepared data")
            .otherwise("`data` in the run folder"),
        RecipeKey.of(
                "data.prepared-sha256",
                KeyType.text(),
                "prepared data with this content hash are used as they lie, whatever their sources hold"
                    + " by now; without them nothing is done")
            .otherwise("what is stale is prepared anew"),
        RecipeKey.of(
                INCREMENTAL,
                KeyType.truth(),
                "rows are kept beside the prepared data as they were read and cleaned, so that new"
                    + " ones alone are read the next time; see [data](data.md#incremental-preparation)")
            .otherwise("`true` for `nightly` of rows without pictures, else `false`"));
  }

  static DataSection of(RecipeValues values) {
    return new DataSection(
        values.text("data.source"),
        values.text("data.format"),
        new LabelledColumns(
            values.text("data.text-column"),
            values.text("data.label-column"),
            values.text("data.key-column")),
        CleaningSection.split(values),
        values.text("data.evaluation-source"),
        values.optionalWhole("data.max-tokens"),
        new RowLimits(values.whole("data.max-characters")),
        values.texts("data.labels"),
        values.constant(UnknownLabels.class, "data.unknown-labels"),
        SequenceSection.of(values),
        values.text("data.prepared"),
        values.text("data.prepared-sha256"),
        TaskRows.names(values).stream().map(name -> TaskRows.of(values, name)).toList(),
        PictureRows.of(values),
        CleaningSection.of(values),
        values.has(INCREMENTAL) ? Optional.of(values.truth(INCREMENTAL)) : Optional.empty());
  }

  /** Whether rows are of tasks each of which has a source of its own. */
  public boolean isOfSeveralSources() {
    return !tasks.isEmpty() && sequences.taskColumn().isEmpty();
  }

  /**
   * The rows to train on and, unless they lie elsewhere, those that are held out.
   *
   * @throws UserInputException if they are of several tasks, each with rows of its own
   */
  public RowSource rows() {
    return rows(Optional.empty());
  }

  /**
   * The same rows.
   *
   * @param place where rows are kept that were read before; empty to read all
   */
  public RowSource rows(Optional<KeptPlace> place) {
    requireOneSource();
    return cleaning.training(
        rowsAt(source, format), untouched(columns.key()), columns.key(), place);
  }

  private void requireOneSource() {
    if (isOfSeveralSources()) {
      throw new UserInputException(
          "Cannot read rows of several tasks as one: data.tasks names %s; name data.source instead"
              .formatted(tasks.stream().map(TaskRows::name).collect(Collectors.joining(", "))));
    }
  }

  /**
   * The rows that {@code data.filter} lets through, as they come: what is told apart by a column
   * before any of it is cleaned.
   *
   * @throws UserInputException if they are of several tasks, each with rows of its own
   */
  public RowSource filteredRows() {
    requireOneSource();
    return cleaning.filtered(rowsAt(source, format));
  }

  /** Columns that hold no text to clean; of a conversation the label may be a part. */
  private List<String> untouched(String key) {
    boolean part = sequences.columns().containsValue(columns.label());
    return List.of(
        key,
        pictures.column(),
        isText(split.column()) ? "" : split.column(),
        sequences.taskColumn(),
        part ? "" : columns.label());
  }

  private boolean isText(String column) {
    return column.equals(columns.text())
        || sequences.columns().containsValue(column)
        || sequences
            .form()
            .map(form -> form.needed().contains(column) || form.optional().contains(column))
            .orElse(false);
  }

  /**
   * Fails where rows have tasks and become what has none.
   *
   * @throws UserInputException if tasks are named and the rows are labelled
   */
  public void requireTasksOf(ExampleKind kind) {
    if (kind == ExampleKind.LABELLED && !tasks.isEmpty()) {
      throw new UserInputException(
          "Cannot use data.tasks with a base that classifies: rows of tasks are conversations or"
              + " texts; choose a causal decoder, or name data.source");
    }
  }

  /** The rows of each task, in the order of their numbers. */
  public List<RowSource> taskSources() {
    return taskSources(Optional.empty());
  }

  /**
   * The same rows.
   *
   * @param place where rows are kept that were read before; empty to read all
   */
  public List<RowSource> taskSources(Optional<KeptPlace> place) {
    List<RowSource> sources = new ArrayList<>();
    for (TaskRows task : tasks) {
      int number = sources.size();
      sources.add(
          cleaning.training(
              task.rows(),
              List.of(task.key(), task.image()),
              task.key(),
              place.map(it -> it.of(number))));
    }
    return sources;
  }

  /**
   * The task of that name.
   *
   * @throws UserInputException if the section has none
   */
  public TaskRows task(String name) {
    return tasks.stream()
        .filter(task -> task.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new UserInputException(
                    "Unknown task: \"%s\" (data.tasks has %s); name one of them"
                        .formatted(
                            name,
                            tasks.isEmpty()
                                ? "none"
                                : tasks.stream()
                                    .map(TaskRows::name)
                                    .collect(Collectors.joining(", ")))));
  }

  /** The held-out rows, if they lie elsewhere. */
  public Optional<RowSource> evaluationRows() {
    return evaluationSource.isEmpty()
        ? Optional.empty()
        : Optional.of(
            cleaning.heldOut(
                rowsAt(evaluationSource, format), untouched(columns.key()), columns.key()));
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
   * How labelled rows are prepared for a base that reads pictures, or texts.
   *
   * @param positions the longest sequence that the base takes, in tokens
   * @param form how pictures become tokens; empty of a base of texts
   * @throws UserInputException if the rows hold pictures and the base reads none, or the reverse
   */
  public PreparationSettings preparation(int positions, Optional<PictureForm> form) {
    pictures.requireLabelled(form.isPresent());
    if (form.isEmpty()) {
      return preparation(positions);
    }
    LabelledColumns pictured =
        new LabelledColumns(pictures.column(), columns.label(), columns.key());
    return new PreparationSettings(
        pictured, split, form.get().tokens(), limits, labels, unknownLabels, form);
  }

  /** Fails where labelled rows hold pictures and a base reads texts, or the reverse. */
  public void requireReadableBy(ModelConfig base) {
    if (sequences.kind(base) == ExampleKind.LABELLED) {
      pictures.requireLabelled(base.images().isPresent());
    }
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
    return sequences(form, renderer, positions, Optional.empty());
  }

  /**
   * The same for a base that sees.
   *
   * @param seen how pictures become tokens; empty of a base of texts
   */
  public SequenceSettings sequences(
      RowForm form, ChatRenderer renderer, int positions, Optional<PictureForm> seen) {
    TurnColumns all = new TurnColumns(form, sequences.columns(), columns.key(), pictures.column());
    return sequences(all, List.of(), renderer, positions, seen);
  }

  /**
   * How rows of several tasks are prepared for a base.
   *
   * @param rowTasks the tasks, of {@link #rowTasks}
   * @param seen how pictures become tokens; empty of a base of texts
   */
  public SequenceSettings sequences(
      List<RowTask> rowTasks, ChatRenderer renderer, int positions, Optional<PictureForm> seen) {
    return sequences(rowTasks.get(0).columns(), rowTasks, renderer, positions, seen);
  }

  private SequenceSettings sequences(
      TurnColumns rowColumns,
      List<RowTask> rowTasks,
      ChatRenderer renderer,
      int positions,
      Optional<PictureForm> seen) {
    return new SequenceSettings(
        rowColumns,
        split,
        longest(ExampleKind.SEQUENCES, positions),
        limits,
        renderer,
        sequences.trainOn(),
        sequences.truncation(),
        sequences.packing(),
        rowTasks,
        seen,
        rowTasks.isEmpty() ? "" : sequences.taskColumn());
  }

  /**
   * The form of the rows: what the recipe names, or else what the columns of the source tell.
   *
   * @throws dev.rankwise.models.failure.DataException if the columns are those of no form
   */
  public RowForm form(SparkSession spark) {
    return sequences
        .form()
        .orElseGet(
            () ->
                SequenceSection.formByColumns(rows().columns(spark, limits), sequences.columns()));
  }

  /**
   * The tasks, with the form of each one's rows.
   *
   * @throws dev.rankwise.models.failure.DataException if a form is not named and the columns of the
   *     rows are those of none
   */
  public List<RowTask> rowTasks(SparkSession spark) {
    List<RowTask> all = new ArrayList<>();
    for (TaskRows task : tasks) {
      RowForm form =
          task.form()
              .orElseGet(
                  () ->
                      SequenceSection.formByColumns(
                          task.rows().columns(spark, limits), task.columns()));
      TurnColumns its = new TurnColumns(form, task.columns(), task.key(), task.image());
      all.add(new RowTask(task.name(), its, task.weight()));
    }
    return all;
  }

  /**
   * The same for rows at another place, all of which are held out.
   *
   * @param task the task whose form they have; empty if they have that of the section, or name
   *     their tasks in the section's column of tasks
   */
  public DataSection heldOut(String otherSource, String otherFormat, Optional<TaskRows> task) {
    boolean named = task.isEmpty() && !sequences.taskColumn().isEmpty();
    return new DataSection(
        otherSource,
        otherFormat,
        task.map(it -> new LabelledColumns(columns.text(), columns.label(), it.key()))
            .orElse(columns),
        SplitRule.testOnly(),
        "",
        maximumTokens,
        limits,
        labels,
        unknownLabels,
        task.map(it -> sequences.withRows(it.rowFormat(), it.columns())).orElse(sequences),
        prepared,
        "",
        named ? tasks.stream().map(it -> it.at(otherSource, otherFormat)).toList() : List.of(),
        task.map(it -> new PictureRows(it.image(), pictures.squaring())).orElse(pictures),
        CleaningSection.NONE,
        Optional.of(false));
  }

  /**
   * The same for rows that name their task in a column.
   *
   * @throws UserInputException if the section has no tasks
   */
  public DataSection withTaskColumn(String column) {
    if (tasks.isEmpty()) {
      throw new UserInputException(
          "Cannot read tasks from column \"%s\": data.tasks names none; leave the column out"
              .formatted(Redaction.printable(column)));
    }
    return new DataSection(
        source,
        format,
        columns,
        split,
        evaluationSource,
        maximumTokens,
        limits,
        labels,
        unknownLabels,
        sequences.withTaskColumn(column),
        prepared,
        preparedSha256,
        tasks,
        pictures,
        cleaning,
        incremental);
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

  static RowSource rowsAt(String location, String format) {
    FileNames.ofThisProcess().requirePath(location);
    return format.isEmpty()
        ? RowSources.at(location)
        : RowSources.at(location, SourceFormat.named(format));
  }
}
