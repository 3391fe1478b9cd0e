package dev.rankwise.datasets.prepare;

import dev.rankwise.datasets.chat.ChatRenderer;
import dev.rankwise.datasets.chat.TrainOn;
import dev.rankwise.datasets.example.RowCheck;
import dev.rankwise.datasets.example.RowTask;
import dev.rankwise.datasets.example.TaskRowCheck;
import dev.rankwise.datasets.example.TurnColumns;
import dev.rankwise.datasets.example.TurnRowCheck;
import dev.rankwise.datasets.pack.Packing;
import dev.rankwise.datasets.pack.Truncation;
import dev.rankwise.datasets.picture.PictureFolder;
import dev.rankwise.datasets.picture.PictureForm;
import dev.rankwise.datasets.picture.PictureReading;
import dev.rankwise.datasets.source.AskedColumns;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.models.failure.UserInputException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * How conversations and texts are prepared for a causal language model. Driver only.
 *
 * @param columns the form of the rows and where its parts lie
 * @param split which rows are held out
 * @param maximumTokens longest sequence in tokens
 * @param limits longest value of a row
 * @param renderer how a conversation is written
 * @param trainOn which turns the loss is taken on
 * @param truncation what becomes of a longer text
 * @param packing whether texts share sequences
 * @param tasks the tasks of the rows, by number, each with columns of its own; empty where rows
 *     have no tasks
 * @param pictures how the pictures of rows become tokens; empty where no column holds any
 * @param taskColumn the column that names a row's task, where the rows of all tasks lie in one
 *     source; empty where each task has a source of its own, or rows have no tasks
 */
public record SequenceSettings(
    TurnColumns columns,
    SplitRule split,
    int maximumTokens,
    RowLimits limits,
    ChatRenderer renderer,
    TrainOn trainOn,
    Truncation truncation,
    Packing packing,
    List<RowTask> tasks,
    Optional<PictureForm> pictures,
    String taskColumn)
    implements PreparationTask {
  /** Longest sequence unless a recipe says otherwise, if the model can take it. */
  public static final int DEFAULT_MAXIMUM_TOKENS = 2_048;

  private static final int LEAST_TOKENS = 3;
  private static final int MOST_TOKENS = 1 << 20;

  public SequenceSettings {
    Objects.requireNonNull(columns, "columns");
    Objects.requireNonNull(split, "split");
    Objects.requireNonNull(limits, "limits");
    Objects.requireNonNull(renderer, "renderer");
    Objects.requireNonNull(trainOn, "trainOn");
    Objects.requireNonNull(truncation, "truncation");
    Objects.requireNonNull(packing, "packing");
    tasks = List.copyOf(tasks);
    Objects.requireNonNull(taskColumn, "taskColumn");
    requirePictures(columns, tasks, pictures, maximumTokens);
    if (maximumTokens < LEAST_TOKENS || maximumTokens > MOST_TOKENS) {
      throw new UserInputException(
          ("Invalid maximum tokens of a sequence: %s (must be in [%s, %s] and no more than the"
                  + " model's positions); set data.max-tokens")
              .formatted(maximumTokens, LEAST_TOKENS, MOST_TOKENS));
    }
  }

  /** Settings of rows without tasks. */
  public SequenceSettings(
      TurnColumns columns,
      SplitRule split,
      int maximumTokens,
      RowLimits limits,
      ChatRenderer renderer,
      TrainOn trainOn,
      Truncation truncation,
      Packing packing) {
    this(
        columns,
        split,
        maximumTokens,
        limits,
        renderer,
        trainOn,
        truncation,
        packing,
        List.of(),
        Optional.empty(),
        "");
  }

  private static void requirePictures(
      TurnColumns columns, List<RowTask> tasks, Optional<PictureForm> pictures, int maximum) {
    boolean pictured =
        tasks.isEmpty()
            ? columns.isPictured()
            : tasks.stream().anyMatch(task -> task.columns().isPictured());
    if (pictured && pictures.isEmpty()) {
      throw new UserInputException(
          "Cannot read data.image-column: the base does not see; name one that does, or an adapter"
              + " by which it learns to (adapter.method: vora)");
    }
    int patches = pictures.map(PictureForm::patches).orElse(0);
    if (pictured && patches >= maximum) {
      throw new UserInputException(
          ("Invalid maximum tokens of a sequence: %s (must be more than the %s patches of a"
                  + " picture); set data.max-tokens, or take smaller pictures or larger patches")
              .formatted(maximum, patches));
    }
  }

  /** These settings for rows with pictures. */
  public SequenceSettings withPictures(PictureForm form) {
    return with(columns, tasks, Optional.of(form), taskColumn);
  }

  /** These settings for rows of several tasks; all are rendered alike. */
  public SequenceSettings withTasks(List<RowTask> rowTasks) {
    return with(rowTasks.get(0).columns(), rowTasks, pictures, taskColumn);
  }

  /** These settings for rows of several tasks in one source, which name theirs in a column. */
  public SequenceSettings withTaskColumn(String column) {
    return with(columns, tasks, pictures, column);
  }

  /** These settings for the rows of one of the tasks by itself. */
  SequenceSettings ofTask(int task) {
    return with(tasks.get(task).columns(), List.of(), pictures, "");
  }

  private SequenceSettings with(
      TurnColumns newColumns,
      List<RowTask> newTasks,
      Optional<PictureForm> newPictures,
      String newTaskColumn) {
    return new SequenceSettings(
        newColumns,
        split,
        maximumTokens,
        limits,
        renderer,
        trainOn,
        truncation,
        packing,
        newTasks,
        newPictures,
        newTaskColumn);
  }

  /** The default token limit for a model that takes {@code positions} tokens. */
  public static int defaultMaximumTokens(int positions) {
    return Math.min(DEFAULT_MAXIMUM_TOKENS, positions);
  }

  @Override
  public AskedColumns asked() {
    return taskColumn.isEmpty() ? columns.asked() : TaskRowCheck.asked(taskColumn, tasks);
  }

  @Override
  public RowCheck check(PictureFolder folder) {
    return taskColumn.isEmpty()
        ? ofOneTask(folder)
        : new TaskRowCheck(
            taskColumn,
            tasks,
            IntStream.range(0, tasks.size())
                .mapToObj(task -> ofTask(task).ofOneTask(folder))
                .toList());
  }

  private RowCheck ofOneTask(PictureFolder folder) {
    Optional<PictureReading> reading =
        pictures.filter(form -> columns.isPictured()).map(form -> new PictureReading(form, folder));
    return new TurnRowCheck(columns, renderer, trainOn, limits, reading);
  }

  @Override
  public Map<String, String> described() {
    Map<String, String> described = new LinkedHashMap<>();
    if (tasks.isEmpty()) {
      describe(columns, "", described);
    } else {
      if (!taskColumn.isEmpty()) {
        described.put("task-column", taskColumn);
      }
      describeTasks(described);
    }
    described.put("split", split.description());
    described.put("max-tokens", Integer.toString(maximumTokens));
    described.put("max-characters", Integer.toString(limits.maximumCharacters()));
    described.putAll(renderer.described());
    described.put("train-on", word(trainOn));
    described.put("truncation", word(truncation));
    described.put("packing", word(packing));
    pictures.ifPresent(form -> described.putAll(form.described()));
    return Collections.unmodifiableMap(described);
  }

  private void describeTasks(Map<String, String> described) {
    List<String> forms =
        tasks.stream().map(task -> task.columns().form().label()).distinct().toList();
    if (forms.size() == 1) {
      described.put("row-format", forms.get(0));
    }
    for (RowTask task : tasks) {
      String of = "task %s ".formatted(task.name());
      described.put(of + "weight", Double.toString(task.weight()));
      describe(task.columns(), of, described);
    }
  }

  private static void describe(TurnColumns columns, String of, Map<String, String> described) {
    described.put(of + "row-format", columns.form().label());
    columns.columns().forEach((name, column) -> described.put(of + "column " + name, column));
    described.put(of + "key-column", columns.key());
    if (columns.isPictured()) {
      described.put(of + "image-column", columns.image());
    }
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
