package dev.rankwise.jobs.stored;

import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.datasets.example.LabelledColumns;
import dev.rankwise.datasets.prepare.BaseTokenizerSource;
import dev.rankwise.datasets.prepare.DataPreparation;
import dev.rankwise.datasets.prepare.PreparationSettings;
import dev.rankwise.datasets.prepare.PreparationTask;
import dev.rankwise.datasets.prepare.SplitRule;
import dev.rankwise.datasets.prepare.UnknownLabels;
import dev.rankwise.datasets.shard.DataManifest;
import dev.rankwise.datasets.shard.ExampleKind;
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
import dev.rankwise.models.config.ModelTask;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.AtomicFile;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.FloatProducts;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.source.BaseReference;
import dev.rankwise.pipeline.evaluate.ClassificationMetrics;
import dev.rankwise.pipeline.evaluate.Evaluation;
import dev.rankwise.pipeline.evaluate.Evaluator;
import dev.rankwise.pipeline.evaluate.LanguageMetrics;
import dev.rankwise.pipeline.evaluate.Metrics;
import dev.rankwise.pipeline.executor.ExampleSet;
import dev.rankwise.pipeline.executor.ExecutorProbe;
import dev.rankwise.pipeline.executor.ExecutorState;
import dev.rankwise.pipeline.model.AdaptedClassifier;
import dev.rankwise.pipeline.model.AdaptedDecoder;
import dev.rankwise.pipeline.model.AdaptedModel;
import dev.rankwise.pipeline.reduce.FloatBytes;
import dev.rankwise.pipeline.tune.PreparedExamples;
import dev.rankwise.pipeline.tune.WorkFolder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Measures an adapter on held-out rows. Beside it stands the base with the same kept modules, a
 * classifier's head among them, that is with the adapter's updates left out.
 *
 * @param stored the adapter
 * @param rows which rows
 * @param context where to tell
 */
public record EvaluationRun(StoredAdapter stored, Rows rows, RunContext context) {
  /**
   * Not "before", which in a run's {@code evaluation.json} is the frozen base with a head of its
   * own.
   */
  private static final String ADAPTER_OFF = "adapter_off";

  /** The same as in a run's {@code evaluation.json}. */
  private static final String AFTER = "after";

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
    try (RunSession session = RunSession.start("evaluate", stored.base(), stored.spark())) {
      Adapter adapter =
          PeftDirectory.read(stored.folder(), session.config(), session.reference().sha256());
      adapter.requireCopiesOf(session.base());
      Map<String, Metrics> figures =
          rows.data().isEmpty()
              ? figures(session, adapter, ofRun(session, adapter))
              : figuresOfOtherRows(session, adapter);
      tell(figures);
      to.ifPresent(file -> AtomicFile.write(file, json(figures)));
    }
  }

  private void tell(Map<String, Metrics> figures) {
    if (figures.get(AFTER) instanceof ClassificationMetrics after) {
      new EvaluationTable((ClassificationMetrics) figures.get(ADAPTER_OFF), after).tell(context);
    } else {
      LanguageMetrics off = (LanguageMetrics) figures.get(ADAPTER_OFF);
      new PerplexityTable(off, (LanguageMetrics) figures.get(AFTER)).tell(context);
    }
  }

  private Map<String, Metrics> figuresOfOtherRows(RunSession session, Adapter adapter) {
    try (WorkFolder work =
        WorkFolder.fresh(
            session.master(),
            "--work",
            rows.work().orElse(""),
            session.context().hadoopConfiguration())) {
      return figures(session, adapter, prepared(session, adapter, work));
    }
  }

  private Map<String, Metrics> figures(RunSession session, Adapter adapter, PreparedData data) {
    ExampleSet examples = PreparedExamples.of(session.spark(), data, Split.TEST);
    if (examples.size() == 0) {
      throw new UserInputException(
          "Nothing to evaluate on: the run at %s held no rows out; name rows with --data"
              .formatted(stored.path()));
    }
    Map<String, Metrics> figures = new LinkedHashMap<>();
    figures.put(ADAPTER_OFF, metrics(session, adapter, withoutUpdates(adapter), examples));
    figures.put(AFTER, metrics(session, adapter, adapter.values(), examples));
    return figures;
  }

  private Metrics metrics(RunSession session, Adapter adapter, float[] theta, ExampleSet examples) {
    int cores = session.taskCores();
    List<ExecutorState> executors = ExecutorProbe.ask(session.context(), cores);
    FloatProducts products = executors.get(0).floatProducts();
    ReplicaSettings settings =
        stored
            .recipe()
            .map(it -> it.replica(cores, products))
            .orElseGet(
                () -> new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, products, cores));
    BaseReference base = session.reference();
    AdapterPlan plan = adapter.plan();
    String run = "evaluate:" + Sha256.ofBytes(FloatBytes.of(theta));
    Evaluation evaluation =
        switch (kind(adapter)) {
          case LABELLED -> {
            List<String> labels = plan.base().labels();
            AdaptedModel source = new AdaptedClassifier(base, labels, plan.spec(), settings, "");
            yield evaluator(session).classes(run, source, labels, examples, theta);
          }
          case SEQUENCES ->
              evaluator(session)
                  .targets(
                      run, new AdaptedDecoder(base, plan.spec(), settings, ""), examples, theta);
        };
    return evaluation.metrics();
  }

  private static ExampleKind kind(Adapter adapter) {
    return adapter.plan().base().task() == ModelTask.CAUSAL_LANGUAGE_MODEL
        ? ExampleKind.SEQUENCES
        : ExampleKind.LABELLED;
  }

  /** Groups and micro-batches as in the run, so that the same rows give the same bits. */
  private Evaluator evaluator(RunSession session) {
    return new Evaluator(
        session.context(),
        stored.recipe().map(it -> it.train().settings().plan().groups()).orElse(GROUPS),
        stored.recipe().map(it -> it.evaluate().microBatchTokens()).orElse(MICRO_BATCH_TOKENS));
  }

  private PreparedData ofRun(RunSession session, Adapter adapter) {
    Recipe recipe =
        stored
            .recipe()
            .orElseThrow(
                () ->
                    new UserInputException(
                        "Adapter %s lies by itself, so nothing says which rows were held out; name"
                                .formatted(stored.path())
                            + " labelled rows with --data"));
    String prepared = recipe.data().prepared();
    String directory =
        prepared.isEmpty() ? stored.path().resolve(RunFiles.DATA).toString() : prepared;
    PreparedData data = PreparedData.open(session.spark(), directory);
    requireSame(data.manifest(), session, adapter, directory);
    return data;
  }

  private PreparedData prepared(RunSession session, Adapter adapter, WorkFolder work) {
    PreparationTask task =
        switch (kind(adapter)) {
          case LABELLED -> labelled(session, adapter);
          case SEQUENCES -> new TaskChoice(session, sequences(), context).task();
        };
    return new DataPreparation(source(), task, new BaseTokenizerSource(session.reference()))
        .prepare(session.spark(), work.resolve(RunFiles.DATA));
  }

  private PreparationTask labelled(RunSession session, Adapter adapter) {
    int positions = session.config().maximumSequence();
    int tokens =
        stored
            .recipe()
            .map(it -> it.data().preparation(positions).maximumTokens())
            .orElseGet(() -> PreparationSettings.defaultMaximumTokens(positions));
    return PreparationSettings.of(columns(), SplitRule.testOnly())
        .withMaximumTokens(tokens)
        .withLabels(adapter.plan().base().labels(), UnknownLabels.FAIL);
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
      DataManifest manifest, RunSession session, Adapter adapter, String directory) {
    boolean sameBase = manifest.baseSha256().equals(session.reference().sha256());
    if (!sameBase || !manifest.labels().equals(adapter.plan().base().labels())) {
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

  private LabelledColumns columns() {
    Optional<LabelledColumns> ofRun = stored.recipe().map(it -> it.data().columns());
    return LabelledColumns.of(
        rows.text().or(() -> ofRun.map(LabelledColumns::text)).orElse("text"),
        rows.label().or(() -> ofRun.map(LabelledColumns::label)).orElse("label"));
  }

  /** The adapter's numbers with every factor at zero: its kept modules on the bare base. */
  private static float[] withoutUpdates(Adapter adapter) {
    float[] values = adapter.values();
    for (Parameter parameter : adapter.plan().layout().parameters()) {
      if (parameter.role() != Parameter.Role.KEPT) {
        int begin = parameter.offset();
        Arrays.fill(values, begin, begin + parameter.tensor().size(), 0);
      }
    }
    return values;
  }

  private static String json(Map<String, Metrics> figures) {
    Map<String, Object> fields = new LinkedHashMap<>();
    figures.forEach((name, metrics) -> fields.put(name, metrics.fields()));
    return JsonFile.text(fields) + "\n";
  }
}
