package dev.rankwise.jobs.conf;

import dev.rankwise.datasets.chat.ChatFormat;
import dev.rankwise.datasets.chat.RowForm;
import dev.rankwise.datasets.chat.TrainOn;
import dev.rankwise.datasets.example.RowTask;
import dev.rankwise.datasets.example.TurnColumns;
import dev.rankwise.datasets.image.PicturePreparation.Squaring;
import dev.rankwise.datasets.pack.Packing;
import dev.rankwise.datasets.pack.Truncation;
import dev.rankwise.datasets.shard.ExampleKind;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.datasets.source.SourceFormat;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.jobs.text.YamlNode;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModelTask;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whether rows are labelled, or else how they become sequences of a causal language model. Driver
 * only.
 *
 * @param rowFormat {@link #LABELLED}, {@link #AUTO} or the name of a form of rows
 * @param columns columns that are called otherwise, by the form's own name
 * @param chatFormat {@link #TEMPLATE}, the name of a chat format, or empty for the usual one
 * @param trainOn which turns the loss is taken on
 * @param truncation what becomes of a longer text
 * @param packing whether texts share sequences
 * @param taskColumn the column that names a row's task; empty where there is none
 */
public record SequenceSection(
    String rowFormat,
    Map<String, String> columns,
    String chatFormat,
    TrainOn trainOn,
    Truncation truncation,
    Packing packing,
    String taskColumn) {
  /** A row is a text with a label. */
  public static final String LABELLED = "labelled";

  /** Labelled where the base is no decoder; else the form of the rows is told by their columns. */
  public static final String AUTO = "auto";

  /** Conversations are written by the base's own template. */
  public static final String TEMPLATE = "template";

  public SequenceSection {
    columns = Collections.unmodifiableMap(new LinkedHashMap<>(columns));
  }

  static SequenceSection of(RecipeValues values) {
    return new SequenceSection(
        values.text("data.row-format"),
        values.textsByName("data.columns"),
        values.text("data.chat-format"),
        values.constant(TrainOn.class, "data.train-on"),
        values.constant(Truncation.class, "data.truncation"),
        values.constant(Packing.class, "data.packing"),
        values.text("data.task-column"));
  }

  /** The same for rows of another form. */
  SequenceSection withRows(String otherFormat, Map<String, String> otherColumns) {
    return new SequenceSection(
        otherFormat, otherColumns, chatFormat, trainOn, truncation, packing, "");
  }

  /** The same for rows that name their task in a column. */
  SequenceSection withTaskColumn(String column) {
    return new SequenceSection(
        rowFormat, columns, chatFormat, trainOn, truncation, packing, column);
  }

  /** The form of the rows, where the recipe names it. */
  public Optional<RowForm> form() {
    return RowForm.named(rowFormat);
  }

  /**
   * The known format that conversations are written in: the one that the recipe names, else the
   * usual one of the form; empty where the base's own template writes them.
   */
  public Optional<ChatFormat> format(RowForm form) {
    return chatFormat.isEmpty()
        ? form.usualFormat()
        : Optional.of(chatFormat).filter(it -> !it.equals(TEMPLATE)).map(ChatFormat::named);
  }

  /**
   * The form that rows have by their columns.
   *
   * @param found the columns
   * @param named columns that are called otherwise, by the form's own name
   * @throws DataException if the columns are those of no form
   */
  static RowForm formByColumns(List<String> found, Map<String, String> named) {
    List<String> known = new ArrayList<>(found);
    named.forEach(
        (name, column) -> known.addAll(found.contains(column) ? List.of(name) : List.of()));
    return RowForm.of(known)
        .orElseThrow(
            () ->
                new DataException(
                    ("Cannot tell the form of the rows by their columns (%s): %s; name the form in"
                            + " data.row-format and its columns in data.columns")
                        .formatted(String.join(", ", found), RowForm.rules())));
  }

  /** Fails if a column is named that the rows' form does not have. */
  void requireColumns(String key, String image) {
    form().ifPresent(form -> new TurnColumns(form, columns, key, image));
    if (rowFormat.equals(LABELLED) && !columns.isEmpty()) {
      throw new UserInputException(
          "Invalid data.columns: labelled rows have data.text-column and data.label-column; set"
              + " these, or name another data.row-format");
    }
  }

  /** What the rows become for a base of a configuration. */
  public ExampleKind kind(ModelConfig base) {
    boolean decoder = base.task() == ModelTask.CAUSAL_LANGUAGE_MODEL;
    boolean labelled = rowFormat.equals(LABELLED) || (rowFormat.equals(AUTO) && !decoder);
    return labelled ? ExampleKind.LABELLED : ExampleKind.SEQUENCES;
  }

  /**
   * Pictures of rows.
   *
   * @param column the column that holds them; empty where rows have none
   * @param squaring how one that is not square becomes so; empty for what is usual with the base
   */
  public record PictureRows(String column, Optional<Squaring> squaring) {
    /** The keys of a recipe that say it. */
    static List<RecipeKey> keys() {
      return List.of(
          RecipeKey.of(
                  "data.image-column",
                  KeyType.text(),
                  "the column with a row's picture, or a list of them: a PNG, JPEG or WebP file as bytes,"
                      + " or its path; of labelled rows it is what is classified, in a text `<image>`"
                      + " marks its place; see [data](data.md#pictures)")
              .otherwise("none"),
          RecipeKey.of(
                  "data.image-squaring",
                  KeyType.choice(Words.all(List.of(Squaring.values()))),
                  "how a picture becomes square: put in the middle of a black square, or stretched")
              .otherwise(
                  "`padded` for a decoder, `stretched` for a base that reads pictures alone"));
    }

    /** Fails where labelled rows hold pictures and the base reads texts, or the reverse. */
    void requireLabelled(boolean ofPictures) {
      if (ofPictures == column.isEmpty()) {
        throw new UserInputException(
            ofPictures
                ? "Cannot read labelled texts: the base reads pictures; name their column in"
                    + " data.image-column"
                : "Cannot read data.image-column: the base reads texts; leave it out, or name a base"
                    + " that reads pictures");
      }
    }

    static PictureRows of(RecipeValues values) {
      String key = "data.image-squaring";
      return new PictureRows(
          values.text("data.image-column"),
          values.has(key) ? Optional.of(values.constant(Squaring.class, key)) : Optional.empty());
    }
  }

  /**
   * A task and its rows.
   *
   * @param name what it is called
   * @param source where its rows lie
   * @param format format of their files; empty to go by the extension
   * @param rowFormat {@link SequenceSection#AUTO} or the name of a form of rows
   * @param columns columns that are called otherwise, by the form's own name
   * @param key the column with a row's identifier; empty where its id is the hash of its content
   * @param weight how often a row is trained on, on average
   * @param image the column with a row's pictures; empty where it has none
   */
  public record TaskRows(
      String name,
      String source,
      String format,
      String rowFormat,
      Map<String, String> columns,
      String key,
      double weight,
      String image) {
    private static final String KEY = "data.tasks";
    private static final String COLUMN_KEY = "data.task-column";
    private static final String SOURCE = "source";
    private static final String FORMAT = "format";
    private static final String ROW_FORMAT = "row-format";
    private static final String COLUMNS = "columns";
    private static final String KEY_COLUMN = "key-column";
    private static final String WEIGHT = "weight";
    private static final String IMAGE_COLUMN = "image-column";
    private static final List<String> SETTINGS =
        List.of(SOURCE, FORMAT, ROW_FORMAT, COLUMNS, KEY_COLUMN, WEIGHT, IMAGE_COLUMN);

    public TaskRows {
      columns = Collections.unmodifiableMap(new LinkedHashMap<>(columns));
    }

    /** The keys of a recipe that say where rows lie. */
    static List<RecipeKey> keys() {
      return List.of(
          RecipeKey.of(
                  "data.source",
                  KeyType.text(),
                  "the rows: a path or glob pattern, `file:`, `hdfs:`, `s3a:`,"
                      + " `table:catalog.db.name`, `sql:SELECT ...`, `jdbc:ADDRESS#TABLE`, `wordnet` or"
                      + " `icons:names`; see [data](data.md#sources)")
              .otherwise("required, or `tasks`"),
          RecipeKey.of(
                  KEY,
                  KeyType.settingsByName(),
                  "instead of `source`, or of its rows: the tasks of the rows of a decoder, numbered in"
                      + " the order written, each with its `source` and, where they differ from those of this"
                      + " section, `format`, `row-format`, `columns`, `key-column`, `image-column`; and"
                      + " its `weight`, how often a row is trained on (1); see [data](data.md#tasks)")
              .otherwise("none"),
          RecipeKey.of(
                  COLUMN_KEY,
                  KeyType.text(),
                  "the column of `source` that names the task of each row, one of `tasks`, which then"
                      + " have no sources of their own")
              .otherwise("none"));
    }

    /** The names of all tasks, in the order of their numbers. */
    static List<String> names(RecipeValues values) {
      return List.copyOf(values.settingsByName(KEY).keySet());
    }

    /**
     * One of them.
     *
     * @throws UserInputException with all that is wrong with it
     */
    static TaskRows of(RecipeValues values, String name) {
      Map<String, Object> given = values.settingsByName(KEY).get(name);
      List<String> problems = problems(values, name);
      if (!problems.isEmpty()) {
        throw new UserInputException(String.join("; ", problems));
      }
      Map<String, String> columns = new LinkedHashMap<>();
      if (given.get(COLUMNS) instanceof Map<?, ?> named) {
        named.forEach((part, column) -> columns.put((String) part, (String) column));
      } else if (!given.containsKey(ROW_FORMAT)) {
        columns.putAll(values.textsByName("data.columns"));
      }
      TaskRows task =
          new TaskRows(
              name,
              (String) given.getOrDefault(SOURCE, values.text("data.source")),
              (String) given.getOrDefault(FORMAT, values.text("data.format")),
              (String) given.getOrDefault(ROW_FORMAT, values.text("data.row-format")),
              columns,
              (String) given.getOrDefault(KEY_COLUMN, values.text("data.key-column")),
              Double.parseDouble((String) given.getOrDefault(WEIGHT, "1")),
              (String) given.getOrDefault(IMAGE_COLUMN, values.text("data.image-column")));
      task.form().ifPresent(form -> new TurnColumns(form, columns, task.key(), task.image()));
      return task;
    }

    /** All that is wrong with what is said of a task by itself. */
    static List<String> problems(RecipeValues values, String name) {
      Map<String, Object> given = values.settingsByName(KEY).get(name);
      List<String> problems = new ArrayList<>();
      try {
        RowTask.requireName(name);
      } catch (UserInputException e) {
        problems.add(e.getMessage());
      }
      for (String setting : given.keySet()) {
        if (!SETTINGS.contains(setting)) {
          problems.add(
              "unknown setting \"%s\" of task \"%s\" (must be among %s); leave it out"
                  .formatted(Redaction.shown(setting), name, String.join(", ", SETTINGS)));
        } else if ("".equals(given.get(setting))) {
          problems.add(
              "nothing is given as %s of task \"%s\"; leave it out, or name it for those tasks alone that have one"
                  .formatted(setting, name));
        } else if (given.get(setting) instanceof Map != setting.equals(COLUMNS)) {
          problems.add(invalid(setting, name, given, "must be a text; of columns a map of texts"));
        }
      }
      if (values.has(COLUMN_KEY)) {
        List.of(SOURCE, FORMAT).stream()
            .filter(given::containsKey)
            .forEach(
                setting ->
                    problems.add(
                        "task \"%s\" has a %s of its own, and %s names the tasks of the rows of data.source; leave one of them out"
                            .formatted(name, setting, COLUMN_KEY)));
      } else if (!given.containsKey(SOURCE)) {
        problems.add(
            "task \"%s\" has no source; name its rows, such as a path, table:NAME or wordnet:words"
                .formatted(name));
      }
      List<String> formats = Arrays.stream(SourceFormat.values()).map(SourceFormat::label).toList();
      if (given.get(FORMAT) instanceof String format
          && !format.isEmpty()
          && !formats.contains(format)) {
        problems.add(invalid(FORMAT, name, given, "must be one of " + String.join(", ", formats)));
      }
      if (given.get(ROW_FORMAT) instanceof String form
          && !form.isEmpty()
          && RowForm.named(form).isEmpty()) {
        String forms = String.join(", ", RowForm.labels());
        problems.add(invalid(ROW_FORMAT, name, given, "must be one of " + forms));
      }
      if (given.get(WEIGHT) instanceof String weight && !weight.isEmpty() && !isWeight(weight)) {
        String rule = "must be a number above 0 and at most " + (long) RowTask.MOST_WEIGHT;
        problems.add(invalid(WEIGHT, name, given, rule));
      }
      return problems;
    }

    private static boolean isWeight(String text) {
      return KeyType.number("(0, " + (long) RowTask.MOST_WEIGHT + "]")
          .read(new YamlNode.Scalar(text, true))
          .isPresent();
    }

    private static String invalid(
        String setting, String name, Map<String, Object> given, String rule) {
      return "invalid %s of task \"%s\": \"%s\" (%s); mend it in data.tasks"
          .formatted(setting, name, Redaction.shown(given.get(setting).toString()), rule);
    }

    /** The form of its rows, where the recipe names it. */
    public Optional<RowForm> form() {
      return RowForm.named(rowFormat);
    }

    /** The same task, whose rows lie at another place. */
    TaskRows at(String otherSource, String otherFormat) {
      return new TaskRows(name, otherSource, otherFormat, rowFormat, columns, key, weight, image);
    }

    /** Its rows. */
    RowSource rows() {
      return DataSection.rowsAt(source, format);
    }
  }
}
