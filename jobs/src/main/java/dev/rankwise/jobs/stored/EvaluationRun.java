package dev.rankwise.jobs.stored;

import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.datasets.example.LabelledColumns;
import dev.rankwise.datasets.picture.PictureForm;
import dev.rankwise.datasets.prepare.DataPreparation;
import dev.rankwise.datasets.prepare.PreparationSettings;
import dev.rankwise.datasets.prepare.PreparationTask;
import dev.rankwise.datasets.prepare.SplitRule;
import dev.rankwise.datasets.prepare.TokenizerSource;
import dev.rankwise.datasets.prepare.UnknownLabels;
import dev.rankwise.datasets.shard.DataManifest;
import dev.rankwise.datasets.shard.ExampleKind;
import dev.rankwise.datasets.shard.Funnel;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.datasets.source.RowSources;
import dev.rankwise.datasets.source.SourceFormat;
import dev.rankwise.jobs.conf.DataSection;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.conf.SequenceSection;
import dev.rankwise.jobs.run.DataStage;
import dev.rankwise.jobs.run.TaskChoice;
import dev.rankwise.jobs.session.JsonFile;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.jobs.session.RunSession;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModelTask;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.AtomicFile;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.torch.FloatProducts;
import dev.rankwise.pipeline.evaluate.ClassificationMetrics;
import dev.rankwise.pipeline.evaluate.Evaluation;
import dev.rankwise.pipeline.evaluate.Evaluator;
import dev.rankwise.pipeline.evaluate.LanguageMetrics;
import dev.rankwise.pipeline.evaluate.Metrics;
import dev.rankwise.pipeline.executor.ExampleSet;
import dev.rankwise.pipeline.executor.ExecutorProbe;
import dev.rankwise.pipeline.executor.ExecutorState;
import dev.rankwise.pipeline.model.AdaptedClassifier;
import dev.rankwise.pipeline.reduce.FloatBytes;
import dev.rankwise.pipeline.tune.PreparedExamples;
import dev.rankwise.pipeline.tune.WorkFolder;
import dev.rankwise.pipeline.vision.PictureInput;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Measures a tuned model on held-out rows, beside what it was tuned from: see {@link
 * ComparedModels}.
 *
 * @param stored the model
 * @param rows which rows
 * @param context where to tell
 */
public record EvaluationRun(StoredModel stored, Rows rows, RunContext context) {

  /** A recipe that leaves all to the defaults; its base and source are not looked at. */
  private static final String NOTHING_SAID = "base: {model: minilm}\ndata: {source: rows.jsonl}\n";

  private static final String DATA = "data.";
  private static final String ROW_FORMAT = DATA + "row-format";
  private static final String KEY_COLUMN = DATA + "key-column";
  private static final String TASK_COLUMN = DATA + "task-column";
  private static final String TEXT_COLUMN = "text-column";
  private static final String LABEL_COLUMN = "label-column";
  private static final int GROUPS = 8;
  private static final int MICRO_BATCH_TOKENS = 512;

  /**
   * Which rows are evaluated on; what is empty is taken from the run.
   *
   * @param data where they lie; the held-out rows of the run if empty
   * @param format format of files
   * @param text column with the text
   * @param label column with the label
   * @param reading keys of a recipe's data section, with their values, that say otherwise than the
   *     run's how rows are read
   * @param work folder in which rows that are not the run's are prepared; on a cluster it must be
   *     named, and the driver and all executors must reach it
   * @param recipe whose held-out rows are taken, prepared as it says; instead of {@code data}
   * @param task the task of rows that do not say it
   */
  public record Rows(
      Optional<String> data,
      Optional<String> format,
      Optional<String> text,
      Optional<String> label,
      SortedMap<String, String> reading,
      Optional<String> work,
      Optional<Recipe> recipe,
      Optional<String> task) {

    public Rows {
      reading = Collections.unmodifiableSortedMap(new TreeMap<>(reading));
      if (recipe.isPresent() && data.isPresent()) {
        throw new UserInputException(
            "Rows are named by --data and by --held-out-of; keep one of them");
      }
      if (task.isPresent() && reading.containsKey(TASK_COLUMN)) {
        throw new UserInputException(
            "--task names the task of all rows, and --task-column a column that does; keep one of"
                + " them");
      }
      if (data.isEmpty()) {
        boolean ofRecipe = recipe.isPresent();
        options(format, text, label, reading)
            .findFirst()
            .ifPresent(option -> refuse(option, ofRecipe));
        if (!ofRecipe) {
          task.ifPresent(name -> refuse("task", false));
        }
      }
    }

    private static void refuse(String option, boolean ofRecipe) {
      throw new UserInputException(
          ofRecipe
              ? ("Cannot read the rows of --held-out-of by --%s: they are read as their recipe says;"
                      + " leave it out")
                  .formatted(option)
              : ("Cannot read the run's own rows in another way: they are prepared, and --%s is for"
                      + " rows that --data names; name them, or leave it out")
                  .formatted(option));
    }

    /** The options that say how rows are read, of those that are given. */
    private static Stream<String> options(
        Optional<String> format,
        Optional<String> text,
        Optional<String> label,
        SortedMap<String, String> reading) {
      Stream<Optional<String>> plain =
          Stream.of(
              format.map(given -> "format"),
              text.map(given -> TEXT_COLUMN),
              label.map(given -> LABEL_COLUMN));
      return Stream.concat(
          plain.flatMap(Optional::stream),
          reading.keySet().stream().map(key -> key.substring(DATA.length())));
    }

    /** Refuses what says nothing about rows that the model reads. */
    void requireRowsOf(ModelConfig config) {
      boolean decoder = config.task() == ModelTask.CAUSAL_LANGUAGE_MODEL;
      boolean pictures = config.images().isPresent();
      Map<String, String> foreign = new LinkedHashMap<>();
      foreign.put(TEXT_COLUMN, decoder || pictures ? "labelled text" : "");
      foreign.put(LABEL_COLUMN, decoder ? "labelled text" : "");
      foreign.put("row-format", decoder ? "" : "conversations and texts");
      foreign.put("chat-format", decoder ? "" : "conversations and texts");
      foreign.put("task-column", decoder ? "" : "conversations and texts");
      foreign.put("max-tokens", pictures ? "texts" : "");
      foreign.put("image-column", decoder || pictures ? "" : "pictures");
      String does =
          decoder
              ? "predicts tokens"
              : "sorts %s into classes".formatted(pictures ? "pictures" : "texts");
      options(format, text, label, reading)
          .filter(option -> !foreign.getOrDefault(option, "").isEmpty())
          .findFirst()
          .ifPresent(
              option -> {
                throw new UserInputException(
                    "Cannot use --%s here: it says how rows of %s are read, and the model %s; leave it out"
                        .formatted(option, foreign.get(option), does));
              });
      if (decoder && SequenceSection.LABELLED.equals(reading.get(ROW_FORMAT))) {
        throw new UserInputException(
            "Cannot use --row-format labelled here: the model predicts tokens; name a form of"
                + " conversations or texts");
      }
    }

    /** The held-out rows of another recipe, prepared in the folder that it names. */
    public static Rows heldOutOf(Recipe recipe) {
      return new Rows(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          new TreeMap<>(),
          Optional.empty(),
          Optional.of(recipe),
          Optional.empty());
    }
  }

  /** Evaluates, tells, writes to {@code to} if given, and gives the tuned model's figures. */
  public Metrics run(Optional<Path> to) {
    String base = stored.untuned().orElse(stored.base());
    try (RunSession session = RunSession.start("evaluate", base, stored.spark())) {
      ComparedModels models = ComparedModels.of(stored, session, settings(session));
      rows.requireRowsOf(models.config());
      if (rows.data().isPresent() && models.mixture().routesByTask() && !rowsSayTheirTask()) {
        // Before the rows are prepared: they do not say it.
        models.mixture().taskAsked(rows.task());
      }
      Measured measured =
          rows.data().isEmpty() && rows.recipe().isEmpty()
              ? figures(session, models, ofRun(session, models.config()))
              : figuresOfOtherRows(session, models);
      tell(measured.figures());
      to.ifPresent(file -> AtomicFile.write(file, json(measured)));
      return measured.figures().get(ComparedModels.AFTER);
    }
  }

  /** Whether a column of the rows names their task. */
  private boolean rowsSayTheirTask() {
    return rows.task().isEmpty() && !asRead().sequences().taskColumn().isEmpty();
  }

  private void tell(Map<String, Metrics> figures) {
    if (figures.get(ComparedModels.AFTER) instanceof ClassificationMetrics) {
      new EvaluationTable(columns(figures, ClassificationMetrics.class)).tell(context);
    } else {
      new PerplexityTable(columns(figures, LanguageMetrics.class)).tell(context);
    }
  }

  private static <M extends Metrics> FigureColumns<M> columns(
      Map<String, Metrics> figures, Class<M> kind) {
    Map<String, M> columns = new LinkedHashMap<>();
    figures.forEach((name, metrics) -> columns.put(name, kind.cast(metrics)));
    return new FigureColumns<>(columns);
  }

  private Measured figuresOfOtherRows(RunSession session, ComparedModels models) {
    String prepared = rows.recipe().map(other -> other.data().prepared()).orElse("");
    if (!prepared.isEmpty()) {
      return figures(session, models, heldOut(session, models.config(), prepared));
    }
    try (WorkFolder work =
        WorkFolder.fresh(
            session.master(),
            "--work",
            rows.work().orElse(""),
            session.context().hadoopConfiguration())) {
      return figures(
          session,
          models,
          rows.recipe().isPresent()
              ? heldOut(session, models.config(), work.resolve(RunFiles.DATA))
              : prepared(session, models.config(), work));
    }
  }

  /** The rows of another recipe, as the run's base reads them. */
  private PreparedData heldOut(RunSession session, ModelConfig config, String directory) {
    Recipe other = rows.recipe().orElseThrow();
    PreparedData data = new DataStage(session, other, context).at(directory);
    boolean decoder = config.task() == ModelTask.CAUSAL_LANGUAGE_MODEL;
    DataManifest manifest = data.manifest();
    boolean fits =
        decoder
            ? manifest.kind() == ExampleKind.SEQUENCES
            : manifest.kind() == ExampleKind.LABELLED && manifest.labels().equals(config.labels());
    if (!fits) {
      throw new UserInputException(
          ("Cannot measure %s on the held-out rows of that recipe: it must have %s; name another"
                  + " recipe")
              .formatted(
                  stored.path(),
                  decoder ? "conversations or texts" : "labelled rows of the same classes"));
    }
    return data;
  }

  private Measured figures(RunSession session, ComparedModels models, PreparedData data) {
    ExampleSet examples =
        routed(
            PreparedExamples.of(
                session.spark(),
                data,
                Split.TEST,
                stored.pictures(models.config()).map(PictureInput::form)),
            models.mixture());
    if (examples.size() == 0) {
      throw new UserInputException(
          "Nothing to evaluate on: %s held no rows out; name rows with --data"
              .formatted(
                  rows.recipe().isPresent()
                      ? "the recipe of --held-out-of"
                      : "the run at " + stored.path()));
    }
    Map<String, Metrics> figures = new LinkedHashMap<>();
    models
        .models()
        .forEach((name, voice) -> figures.put(name, metrics(session, name, voice, examples)));
    return new Measured(figures, data.manifest().funnel());
  }

  /** The examples with the numbers that the model's routers have for their tasks. */
  private ExampleSet routed(ExampleSet examples, ExpertMixture mixture) {
    if (mixture.routesByTask() && !examples.taskNames().isEmpty()) {
      return examples.numbered(mixture::taskCalled);
    }
    // Rows of an adapter that routes by tokens may still be read as those of one of its run's
    // tasks.
    boolean asked = mixture.routesByTask() || stored.recipe().isEmpty();
    int task = asked ? mixture.taskAsked(rows.task()) : TokenBatch.NO_TASK;
    return task == TokenBatch.NO_TASK ? examples : examples.asTask(task);
  }

  private Metrics metrics(
      RunSession session, String name, ComparedModels.Voice voice, ExampleSet examples) {
    String run = "evaluate:" + name + ":" + Sha256.ofBytes(FloatBytes.of(voice.theta()));
    Evaluator evaluator = evaluator(session);
    Evaluation evaluation =
        voice.source() instanceof AdaptedClassifier classifier
            ? evaluator.classes(run, classifier, classifier.labels(), examples, voice.theta())
            : evaluator.targets(run, voice.source(), examples, voice.theta());
    return evaluation.metrics();
  }

  private ReplicaSettings settings(RunSession session) {
    int cores = session.taskCores();
    List<ExecutorState> executors = ExecutorProbe.ask(session.context(), cores);
    FloatProducts products = executors.get(0).floatProducts();
    return stored
        .recipe()
        .map(it -> it.replica(cores, products))
        .orElseGet(
            () ->
                new ReplicaSettings(stored.held().type(), BaseType.FLOAT32, products, cores)
                    .with(stored.held().form()));
  }

  /** Groups and micro-batches as in the run, so that the same rows give the same bits. */
  private Evaluator evaluator(RunSession session) {
    return new Evaluator(
        session.context(),
        stored.recipe().map(it -> it.train().settings().plan().groups()).orElse(GROUPS),
        stored.recipe().map(it -> it.evaluate().microBatchTokens()).orElse(MICRO_BATCH_TOKENS));
  }

  private PreparedData ofRun(RunSession session, ModelConfig config) {
    Recipe recipe =
        stored
            .recipe()
            .orElseThrow(
                () ->
                    new UserInputException(
                        "Model %s lies by itself, so nothing says which rows were held out; name rows"
                                .formatted(stored.path())
                            + " with --data"));
    String prepared = recipe.data().prepared();
    String directory = prepared.isEmpty() ? stored.address(RunFiles.DATA) : prepared;
    PreparedData data = PreparedData.open(session.spark(), directory);
    requireSame(data.manifest(), session, config, directory);
    return data;
  }

  private PreparedData prepared(RunSession session, ModelConfig config, WorkFolder work) {
    boolean decoder = config.task() == ModelTask.CAUSAL_LANGUAGE_MODEL;
    DataSection section = decoder ? sequences(session) : asRead();
    Optional<PictureForm> pictures =
        stored.pictures(config).map(it -> it.form(section.pictures().squaring()));
    PreparationTask task =
        decoder
            ? new TaskChoice(session, section, context, pictures).task()
            : labelled(session, config, pictures);
    TokenizerSource tokenizer = TokenizerSource.of(session.reference(), config);
    PreparedData data =
        new DataPreparation(source(), task, tokenizer)
            .prepare(session.spark(), work.resolve(RunFiles.DATA));
    // The folder goes, and its rejections with it: this line is all that tells of them.
    context.say("  " + DataStage.counts(data.manifest()));
    return data;
  }

  private PreparationTask labelled(
      RunSession session, ModelConfig config, Optional<PictureForm> pictures) {
    if (pictures.isPresent()) {
      return PreparationSettings.of(picturedColumns(), SplitRule.testOnly())
          .withLimits(asRead().limits())
          .withLabels(config.labels(), UnknownLabels.FAIL)
          .withPictures(pictures.get());
    }
    int tokens = asRead().longest(ExampleKind.LABELLED, session.config().maximumSequence());
    return PreparationSettings.of(labelledColumns(), SplitRule.testOnly())
        .withLimits(asRead().limits())
        .withMaximumTokens(tokens)
        .withLabels(config.labels(), UnknownLabels.FAIL);
  }

  /**
   * How rows are read: as in the run, or as a recipe has it that says nothing, but for {@code
   * reading}.
   */
  private DataSection asRead() {
    return asRead(rows.reading());
  }

  private DataSection asRead(Map<String, String> reading) {
    String said = stored.recipe().map(Recipe::toYaml).orElse(NOTHING_SAID);
    List<String> replaced = new ArrayList<>();
    if (reading.containsKey(ROW_FORMAT)) {
      // Names of columns belong to the form that the run's rows have.
      replaced.add(DATA + "columns=null");
    }
    SortedMap<String, String> keys = new TreeMap<>(reading);
    Optional<String> taskColumn = Optional.ofNullable(keys.remove(TASK_COLUMN));
    keys.forEach((key, value) -> replaced.add(key + "=" + value));
    DataSection read = Recipe.parse(said, "of evaluate's options", replaced).data();
    // Tasks that have sources of their own in the run lie in one here.
    return taskColumn.map(read::withTaskColumn).orElse(read);
  }

  /** Without the run's key column where rows that lie elsewhere have none of that name. */
  private DataSection sequences(RunSession session) {
    DataSection read = heldOut(asRead());
    String key = read.columns().key();
    if (key.isEmpty()
        || stored.isAsked(KEY_COLUMN)
        || read.rows().columns(session.spark(), read.limits()).contains(key)) {
      return read;
    }
    context.say(
        "Note: the rows have no column \"%s\", by which the run told rows apart; here their content does"
            .formatted(Redaction.printable(key)));
    SortedMap<String, String> reading = new TreeMap<>(rows.reading());
    reading.put(KEY_COLUMN, "null");
    return heldOut(asRead(reading));
  }

  private DataSection heldOut(DataSection read) {
    return read.heldOut(
        rows.data().orElseThrow(),
        rows.format().orElse(""),
        rows.task().filter(name -> stored.recipe().isPresent()).map(read::task));
  }

  /** What was prepared since for another run has other tokens, or other class numbers. */
  private static void requireSame(
      DataManifest manifest, RunSession session, ModelConfig config, String directory) {
    boolean sameBase = manifest.baseSha256().equals(session.reference().sha256());
    if (!sameBase || !manifest.labels().equals(config.labels())) {
      throw new DataException(
          "Cannot evaluate on the data at %s: they were prepared for another %s; name labelled rows"
                  .formatted(directory, sameBase ? "set of classes" : "base")
              + " with --data");
    }
  }

  private RowSource source() {
    String location = rows.data().orElseThrow();
    return rows.format()
        .map(format -> RowSources.at(location, SourceFormat.named(format)))
        .orElseGet(() -> RowSources.at(location));
  }

  private LabelledColumns labelledColumns() {
    Optional<LabelledColumns> ofRun = stored.recipe().map(it -> it.data().columns());
    return LabelledColumns.of(
        rows.text().or(() -> ofRun.map(LabelledColumns::text)).orElse("text"),
        rows.label().or(() -> ofRun.map(LabelledColumns::label)).orElse("label"));
  }

  /** The same of pictures. */
  private LabelledColumns picturedColumns() {
    String column = asRead().pictures().column();
    if (column.isEmpty()) {
      throw new UserInputException(
          "Cannot read the rows: the model sorts pictures into classes, and nothing says which column"
              + " has them; name it with --image-column");
    }
    return LabelledColumns.of(column, labelledColumns().label());
  }

  private static String json(Measured measured) {
    Map<String, Object> fields = new LinkedHashMap<>();
    measured.figures().forEach((name, metrics) -> fields.put(name, metrics.fields()));
    // Under the names that the counts have in the manifest of prepared data.
    fields.put("rows", measured.rows());
    return JsonFile.text(fields) + "\n";
  }

  /** Figures by the model's name, and what became of the rows that they were measured on. */
  private record Measured(Map<String, Metrics> figures, Funnel rows) {}
}
