package dev.rankwise.jobs.run;

import dev.rankwise.adapters.peft.BaseHolding;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.datasets.shard.DataManifest;
import dev.rankwise.datasets.shard.ExampleKind;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.lineage.RowIds;
import dev.rankwise.jobs.report.SamplePrediction;
import dev.rankwise.jobs.run.RecipePlan.FrozenWeights;
import dev.rankwise.jobs.session.GracefulStop;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.session.RunSession;
import dev.rankwise.jobs.tracking.LiveFigures;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.RankwiseException;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseReference;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import dev.rankwise.pipeline.evaluate.Evaluation;
import dev.rankwise.pipeline.executor.ExampleSet;
import dev.rankwise.pipeline.executor.ExecutorProbe;
import dev.rankwise.pipeline.executor.ExecutorState;
import dev.rankwise.pipeline.train.StepListener;
import dev.rankwise.pipeline.train.TrainingSettings;
import dev.rankwise.pipeline.tune.AdapterTuning;
import dev.rankwise.pipeline.tune.PreparedExamples;
import dev.rankwise.pipeline.tune.TunedModel;
import dev.rankwise.pipeline.tune.TuningSettings;
import dev.rankwise.pipeline.vision.AskedAdapter;
import dev.rankwise.pipeline.vision.PictureInput;
import dev.rankwise.pipeline.vision.TeacherBase;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The main job, top to bottom: prepare, tune, measure the frozen base, evaluate, export, report.
 *
 * @param recipe what to do
 * @param context where to tell
 */
public record TuningRun(Recipe recipe, RunContext context) {

  /** The training split, read and compared with its hash once for all models. */
  private record TrainingRows(DataManifest manifest, ExampleSet examples) {}

  /** One training of a model on these rows. */
  private record Trial(
      AdapterSpec adapter,
      Optional<EarlierAdapter> frozen,
      Optional<EarlierAdapter> start,
      Optional<TeacherBase> teacher,
      Optional<PictureInput> pictures,
      TrainingSettings training,
      StepListener listener,
      AdapterTuning.Selector selector,
      AdapterTuning.Checkpointing checkpointing) {}

  /**
   * Runs the job.
   *
   * @return where the run folder lies
   * @throws RankwiseException after {@code result.json} says why, if the folder is ours by then
   */
  public String run() {
    Instant started = context.clock().instant();
    recipe.notes().forEach(note -> context.say("Note: " + note));
    RunFolders.requireBesideFirst(recipe);
    try (RunFolder folder = RunFolders.claim(recipe, context.clock())) {
      ResultFile result = new ResultFile(folder, context.clock(), started);
      result.began();
      if (!CheckpointStage.mayGoOn(folder, recipe)) {
        MetricsFile.clear(folder);
      }
      try (RunSession session = RunSession.start("tune", recipe, this::check);
          CheckpointStage checkpoints = CheckpointStage.open(folder, recipe, context, session)) {
        FinishedRun finished = run(folder, result, session, checkpoints, started);
        new RunDocuments(folder, recipe, finished).write();
        result.succeeded(finished);
        checkpoints.finish();
        new Summary(folder, finished).tell(context);
        return folder.address();
      } catch (Throwable e) {
        // Spark throws checked exceptions through methods that do not declare them.
        result.failed(e);
        throw e;
      }
    }
  }

  private FinishedRun run(
      RunFolder folder,
      ResultFile result,
      RunSession session,
      CheckpointStage checkpoints,
      Instant started) {
    List<ExecutorState> executors = executors(session);
    PreparedData data = prepared(session, folder);
    AskedAdapter asked = recipe.adapter().on(session.base(), data.manifest().kind());
    context.say("Tune       " + asked.spec().method());
    try (MetricsFile metrics = new MetricsFile(folder, context.clock());
        LiveFigures live = LiveFigures.among(session.context())) {
      TrainingRows training = training(session, data, asked);
      Optional<EvaluationStage> evaluation = evaluation(session, data, asked);
      TunedModel tuned;
      try (GracefulStop stop = GracefulStop.during(session.context()::cancelAllJobs)) {
        tuned =
            tuned(
                session,
                executors,
                training,
                trial(
                    session,
                    asked,
                    StepListener.both(StepListener.both(metrics, live), progress()),
                    selector(evaluation),
                    fingerprint -> checkpoints.of(fingerprint, stop)));
      }
      Optional<Evaluation> before =
          evaluation.flatMap(stage -> before(stage, session, executors, training, tuned));
      Optional<Evaluation> first = before.flatMap(it -> first(evaluation, data, tuned));
      Optional<Evaluation> after = evaluation.map(stage -> after(stage, tuned));
      BaseHolding held =
          recipe.base().holding(session.base(), tuned.adapter().plan().matched().tree());
      checkpoints.requireHeld();
      TrainedWeights weights =
          new AdapterStage(folder, recipe, session.base(), held, asked.pictures())
              .commit(data.manifest(), tuned, after);
      result.committed(weights);
      return new FinishedRun(
          data,
          tuned,
          checkpoints.resumption(),
          before,
          first,
          after,
          metrics.steps(),
          executors,
          session.master(),
          session.context().defaultParallelism(),
          List.copyOf(ExecutorProbe.memory(session.context())),
          FrozenWeights.of(recipe, session.base(), tuned.adapter().plan()),
          held,
          weights,
          started,
          context.clock().instant(),
          data.rowIds(session.spark(), Split.TRAIN, tuned.training().quarantined()),
          samples(session, data, evaluation, tuned, before, after, asked));
    }
  }

  private static TrainingRows training(RunSession session, PreparedData data, AskedAdapter asked) {
    return new TrainingRows(data.manifest(), examples(session, data, Split.TRAIN, asked));
  }

  /** The training that the recipe asks for. */
  private Trial trial(
      RunSession session,
      AskedAdapter asked,
      StepListener listener,
      AdapterTuning.Selector selector,
      AdapterTuning.Checkpointing checkpointing) {
    return new Trial(
        asked.spec(),
        EarlierAdapter.frozen(recipe, session.base()),
        EarlierAdapter.start(recipe, session.base()),
        asked.teacher(),
        asked.pictures(),
        settings(),
        listener,
        selector,
        checkpointing);
  }

  private List<ExecutorState> executors(RunSession session) {
    List<ExecutorState> executors =
        ExecutorProbe.ask(session.context(), recipe.threads(session.taskCores()));
    context.say("Executors  " + described(session, executors));
    return executors;
  }

  /**
   * The rows; from here on a run counts the memory that it takes itself, where its processes did
   * others before: of runs that share their rows only the first prepares them.
   */
  private PreparedData prepared(RunSession session, RunFolder folder) {
    context.say("Prepare");
    PreparedData data = new DataStage(session, recipe, context).obtain(folder);
    // Before the first step: a run that is interrupted saw its rows too.
    RowIds.of(session.spark(), data).ifPresent(ids -> folder.commitFile(RowIds.FILE, ids));
    if (session.isTaken()) {
      ExecutorProbe.startAgain(session.context());
    }
    return data;
  }

  /** What both models make of a few held-out rows; none where only one was measured. */
  private List<SamplePrediction> samples(
      RunSession session,
      PreparedData data,
      Optional<EvaluationStage> evaluation,
      TunedModel tuned,
      Optional<Evaluation> before,
      Optional<Evaluation> after,
      AskedAdapter asked) {
    if (evaluation.isEmpty() || before.isEmpty() || after.isEmpty()) {
      return List.of();
    }
    return switch (data.manifest().kind()) {
      case LABELLED -> Samples.of(session, data, before.get(), after.get());
      case SEQUENCES ->
          new Continuations(session, evaluation.get(), asked.pictures().map(PictureInput::form))
              .of(data, tuned);
    };
  }

  private void check(BaseDirectory base) {
    BaseReference reference = BaseReference.to(recipe.base().model(), base);
    context.say("Base       %s (%s)".formatted(reference.uri(), reference.sha256()));
    new RecipeCheck(recipe, context).against(base);
  }

  private static ExampleSet examples(
      RunSession session, PreparedData data, Split split, AskedAdapter asked) {
    return PreparedExamples.of(
        session.spark(), data, split, asked.pictures().map(PictureInput::form));
  }

  private TrainingSettings settings() {
    return recipe.train().settings();
  }

  /**
   * What the adapter is compared with: of a decoder the base alone, of a classifier the base with a
   * head that was trained on the same data in the same order.
   */
  private Optional<Evaluation> before(
      EvaluationStage stage,
      RunSession session,
      List<ExecutorState> executors,
      TrainingRows rows,
      TunedModel tuned) {
    if (!recipe.evaluate().frozenBase()) {
      return Optional.empty();
    }
    return switch (rows.manifest().kind()) {
      case SEQUENCES -> {
        context.say("Base alone, for comparison");
        yield Optional.of(stage.untuned(tuned));
      }
      case LABELLED -> {
        context.say("Frozen base with a trained head, for comparison");
        yield Optional.of(
            stage.tuned(
                tuned(
                    session,
                    executors,
                    rows,
                    new Trial(
                        tuned.adapter().plan().spec().withMethod("none"),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        recipe.evaluate().frozenBaseSettings(recipe.train()),
                        progress(),
                        AdapterTuning.Selector.last(),
                        AdapterTuning.Checkpointing.none()))));
      }
    };
  }

  /** What a decoder began as that was tuned above another adapter. */
  private Optional<Evaluation> first(
      Optional<EvaluationStage> evaluation, PreparedData data, TunedModel tuned) {
    boolean decoder = data.manifest().kind() == ExampleKind.SEQUENCES;
    return recipe.adapter().frozen().filter(it -> decoder).isEmpty()
        ? Optional.empty()
        : evaluation.map(
            stage -> {
              context.say("First adapter alone, for comparison");
              return stage.begun(tuned);
            });
  }

  private Evaluation after(EvaluationStage stage, TunedModel tuned) {
    context.say("Evaluate");
    return stage.tuned(tuned);
  }

  private TunedModel tuned(
      RunSession session, List<ExecutorState> executors, TrainingRows rows, Trial trial) {
    TuningSettings settings =
        new TuningSettings(
            session.reference(),
            trial.adapter(),
            trial.frozen().map(EarlierAdapter::factors),
            trial.start().map(EarlierAdapter::continued),
            trial.teacher().map(TeacherBase::reference),
            trial.training(),
            recipe.train().weightDecay(),
            recipe.train().loraPlus(),
            recipe.adapter().allocation(),
            recipe.replica(session.taskCores(), executors.get(0).floatProducts()),
            decisive(trial));
    return new AdapterTuning(session.spark(), executors, settings)
        .tune(
            rows.manifest(),
            rows.examples(),
            trial.listener(),
            trial.selector(),
            trial.checkpointing(),
            context.clock());
  }

  /** The bytes of an earlier adapter and of a teacher count, wherever they lie. */
  private SortedMap<String, String> decisive(Trial trial) {
    SortedMap<String, String> decisive = new TreeMap<>(recipe.settingsThatDecideBits());
    trial.frozen().ifPresent(frozen -> decisive.put("adapter.frozen", frozen.sha256()));
    trial.start().ifPresent(start -> decisive.put("adapter.start", start.sha256()));
    trial.teacher().ifPresent(it -> decisive.put("adapter.teacher", it.directory().sha256()));
    trial.pictures().ifPresent(it -> decisive.put("data.image-normalisation", it.normalisation()));
    return decisive;
  }

  private Optional<EvaluationStage> evaluation(
      RunSession session, PreparedData data, AskedAdapter asked) {
    if (data.manifest().test().examples() == 0) {
      context.say("  nothing is held out, so nothing is evaluated");
      return Optional.empty();
    }
    ExampleSet rows = examples(session, data, Split.TEST, asked);
    return Optional.of(new EvaluationStage(session, recipe, rows));
  }

  private AdapterTuning.Selector selector(Optional<EvaluationStage> evaluation) {
    if (recipe.evaluate().everySteps().isEmpty()) {
      return AdapterTuning.Selector.last();
    }
    return evaluation
        .orElseThrow(
            () ->
                new DataException(
                    "Cannot choose by the loss on held-out rows: none are held out; set"
                        + " data.test-fraction or leave evaluate.every-steps out"))
        .selector(
            measured ->
                context.say(
                    String.format(
                        Locale.ROOT,
                        "  step %,d: loss %.4f on the held-out rows",
                        measured.step(),
                        measured.loss())));
  }

  private StepListener progress() {
    return context
        .watching()
        .orElseGet(
            () ->
                context.terminal()
                    ? ProgressLine.onTerminal(context.out(), context.clock())
                    : ProgressLine.inLog(context.out(), context.clock()));
  }

  private static String described(RunSession session, List<ExecutorState> executors) {
    return "%s: %s of %s, libtorch %s"
        .formatted(
            session.master(),
            executors.size(),
            executors.get(0).processor(),
            executors.get(0).libtorch());
  }
}
