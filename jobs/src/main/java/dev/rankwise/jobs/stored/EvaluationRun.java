package dev.rankwise.jobs.stored;

import dev.rankwise.datasets.example.LabelledColumns;
import dev.rankwise.datasets.prepare.BaseTokenizerSource;
import dev.rankwise.datasets.prepare.DataPreparation;
import dev.rankwise.datasets.prepare.PreparationSettings;
import dev.rankwise.datasets.prepare.PreparationTask;
import dev.rankwise.datasets.prepare.SplitRule;
import dev.rankwise.datasets.prepare.UnknownLabels;
import dev.rankwise.datasets.shard.DataManifest;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.datasets.source.RowSources;
import dev.rankwise.datasets.source.SourceFormat;
import dev.rankwise.jobs.conf.DataSection;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.run.TaskChoice;
import dev.rankwise.jobs.session.JsonFile;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.jobs.session.RunSession;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModelTask;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.AtomicFile;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.FloatProducts;
import dev.rankwise.models.network.ReplicaSettings;
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
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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

  private static final int GROUPS = 8;
  private static final int MICRO_BATCH_TOKENS = 512;

  /**
   * Which rows are evaluated on; what is empty is taken from the run.
   *
   * @param data where they lie; the held-out rows of the run if empty
   * @param format format of files
   * @param text column with the text
   * @param label column with the label
   * @param work folder in which rows named by {@code data} are prepared; on a cluster it must be
   *     named, and the driver and all executors must reach it
   */
  public record Rows(
      Optional<String> data,
      Optional<String> format,
      Optional<String> text,
      Optional<String> label,
      Optional<String> work) {}

  /** Evaluates, tells the figures, and writes them to {@code to} if it is given. */
  public void run(Optional<Path> to) {
    String base = stored.untuned().orElse(stored.base());
    try (RunSession session = RunSession.start("evaluate", base, stored.spark())) {
      ComparedModels models = ComparedModels.of(stored, session, settings(session));
      Map<String, Metrics> figures =
          rows.data().isEmpty()
              ? figures(session, models, ofRun(session, models.config()))
              : figuresOfOtherRows(session, models);
      tell(figures);
      to.ifPresent(file -> AtomicFile.write(file, json(figures)));
    }
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

  private Map<String, Metrics> figuresOfOtherRows(RunSession session, ComparedModels models) {
    try (WorkFolder work =
        WorkFolder.fresh(
            session.master(),
            "--work",
            rows.work().orElse(""),
            session.context().hadoopConfiguration())) {
      return figures(session, models, prepared(session, models.config(), work));
    }
  }

  private Map<String, Metrics> figures(
      RunSession session, ComparedModels models, PreparedData data) {
    ExampleSet examples = PreparedExamples.of(session.spark(), data, Split.TEST);
    if (examples.size() == 0) {
      throw new UserInputException(
          "Nothing to evaluate on: the run at %s held no rows out; name rows with --data"
              .formatted(stored.path()));
    }
    Map<String, Metrics> figures = new LinkedHashMap<>();
    models
        .models()
        .forEach((name, voice) -> figures.put(name, metrics(session, name, voice, examples)));
    return figures;
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
        .orElseGet(() -> new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, products, cores));
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
    String directory =
        prepared.isEmpty() ? stored.path().resolve(RunFiles.DATA).toString() : prepared;
    PreparedData data = PreparedData.open(session.spark(), directory);
    requireSame(data.manifest(), session, config, directory);
    return data;
  }

  private PreparedData prepared(RunSession session, ModelConfig config, WorkFolder work) {
    PreparationTask task =
        config.task() == ModelTask.CAUSAL_LANGUAGE_MODEL
            ? new TaskChoice(session, sequences(), context).task()
            : labelled(session, config);
    return new DataPreparation(source(), task, new BaseTokenizerSource(session.reference()))
        .prepare(session.spark(), work.resolve(RunFiles.DATA));
  }

  private PreparationTask labelled(RunSession session, ModelConfig config) {
    int positions = session.config().maximumSequence();
    int tokens =
        stored
            .recipe()
            .map(it -> it.data().preparation(positions).maximumTokens())
            .orElseGet(() -> PreparationSettings.defaultMaximumTokens(positions));
    return PreparationSettings.of(labelledColumns(), SplitRule.testOnly())
        .withMaximumTokens(tokens)
        .withLabels(config.labels(), UnknownLabels.FAIL);
  }

  /** Rows in the form of the run's, or as a recipe has them that says nothing of it. */
  private DataSection sequences() {
    return stored
        .recipe()
        .orElseGet(() -> Recipe.parse(NOTHING_SAID, "defaults", List.of()))
        .data()
        .heldOut(rows.data().orElseThrow(), rows.format().orElse(""));
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

  private static String json(Map<String, Metrics> figures) {
    Map<String, Object> fields = new LinkedHashMap<>();
    figures.forEach((name, metrics) -> fields.put(name, metrics.fields()));
    return JsonFile.text(fields) + "\n";
  }
}
