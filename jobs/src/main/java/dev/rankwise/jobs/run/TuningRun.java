package dev.rankwise.jobs.run;

import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.datasets.shard.DataManifest;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.conf.SequenceSection;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.session.RunSession;
import dev.rankwise.models.failure.RankwiseException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import dev.rankwise.pipeline.evaluate.Evaluation;
import dev.rankwise.pipeline.evaluate.Evaluator;
import dev.rankwise.pipeline.executor.ExampleSet;
import dev.rankwise.pipeline.executor.ExecutorProbe;
import dev.rankwise.pipeline.executor.ExecutorState;
import dev.rankwise.pipeline.train.StepListener;
import dev.rankwise.pipeline.train.TrainingSettings;
import dev.rankwise.pipeline.tune.ClassifierTuning;
import dev.rankwise.pipeline.tune.PreparedExamples;
import dev.rankwise.pipeline.tune.TunedClassifier;
import dev.rankwise.pipeline.tune.TuningSettings;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The main job, top to bottom: prepare, tune, measure the frozen base, evaluate, export, report.
 *
 * @param recipe what to do
 * @param context where to tell
 */
public record TuningRun(Recipe recipe, RunContext context) {

  /** The training split, read and compared with its hash once for all models. */
  private record TrainingRows(DataManifest manifest, ExampleSet examples) {}

  /**
   * Runs the job.
   *
   * @return the run folder
   * @throws RankwiseException after {@code result.json} says why, if the folder is ours by then
   */
  public Path run() {
    Instant started = context.clock().instant();
    recipe.notes().forEach(note -> context.say("Note: " + note));
    requireLabelled();
    try (RunFolder folder = RunFolders.claim(recipe, context.clock())) {
      ResultFile result = new ResultFile(folder, context.clock(), started);
      result.began();
      try (RunSession session = RunSession.start("tune", recipe)) {
        FinishedRun finished = run(folder, result, session, started);
        new RunDocuments(folder, recipe, finished).write();
        result.succeeded(finished);
        new Summary(folder, finished).tell(context);
        return folder.directory();
      } catch (Throwable e) {
        // Spark throws checked exceptions through methods that do not declare them.
        result.failed(e);
        throw e;
      }
    }
  }

  private FinishedRun run(
      RunFolder folder, ResultFile result, RunSession session, Instant started) {
    context.say("Base       %s (%s)".formatted(session.reference().uri(), session.base().sha256()));
    new RecipeCheck(recipe, context).against(session.base());
    List<ExecutorState> executors =
        ExecutorProbe.ask(session.context(), recipe.threads(session.taskCores()));
    context.say("Executors  " + described(session, executors));
    context.say("Prepare");
    PreparedData data = new DataStage(session, recipe, context).obtain(folder);
    context.say("Tune       " + recipe.adapter().spec().method());
    try (MetricsFile metrics = new MetricsFile(folder, context.clock())) {
      TrainingRows training =
          new TrainingRows(
              data.manifest(), PreparedExamples.of(session.spark(), data, Split.TRAIN));
      TunedClassifier tuned =
          tuned(session, executors, training, recipe.adapter().spec(), settings(), both(metrics));
      Optional<TunedClassifier> frozen = frozenBase(session, executors, training);
      context.say("Evaluate");
      Optional<ExampleSet> held = heldOut(session, data);
      Optional<Evaluation> before =
          held.flatMap(rows -> frozen.map(base -> evaluated(session, rows, base)));
      Optional<Evaluation> after = held.map(rows -> evaluated(session, rows, tuned));
      String adapterSha256 = new AdapterStage(folder, recipe).commit(data.manifest(), tuned, after);
      result.adapterCommitted(adapterSha256);
      return new FinishedRun(
          data,
          tuned,
          before,
          after,
          metrics.steps(),
          executors,
          session.master(),
          session.context().defaultParallelism(),
          List.copyOf(ExecutorProbe.memory(session.context())),
          adapterSha256,
          started,
          context.clock().instant(),
          Samples.of(session, data, before, after));
    }
  }

  private void requireLabelled() {
    if (!recipe.data().sequences().isLabelled()) {
      throw new UserInputException(
          ("Cannot tune on rows of data.row-format \"%s\": tune trains classifiers on labelled text;"
                  + " prepare and preview take conversations, or set data.row-format to %s")
              .formatted(recipe.data().sequences().rowFormat(), SequenceSection.LABELLED));
    }
  }

  private TrainingSettings settings() {
    return recipe.train().settings();
  }

  /** The same data, order and batch with nothing but the kept modules trained. */
  private Optional<TunedClassifier> frozenBase(
      RunSession session, List<ExecutorState> executors, TrainingRows rows) {
    boolean held = rows.manifest().test().examples() > 0;
    if (!recipe.evaluate().frozenBase() || !held) {
      return Optional.empty();
    }
    context.say("Frozen base with a trained head, for comparison");
    return Optional.of(
        tuned(
            session,
            executors,
            rows,
            recipe.adapter().spec().withMethod("none"),
            recipe.evaluate().frozenBaseSettings(recipe.train()),
            progress()));
  }

  private TunedClassifier tuned(
      RunSession session,
      List<ExecutorState> executors,
      TrainingRows rows,
      AdapterSpec adapter,
      TrainingSettings training,
      StepListener listener) {
    TuningSettings settings =
        new TuningSettings(
            session.reference(),
            adapter,
            training,
            recipe.train().weightDecay(),
            recipe.train().loraPlus(),
            recipe.replica(session.taskCores(), executors.get(0).floatProducts()),
            recipe.settingsThatDecideBits());
    return new ClassifierTuning(session.spark(), executors, settings)
        .tune(rows.manifest(), rows.examples(), listener, context.clock());
  }

  /** The held-out examples, read and compared with their hash once for all models. */
  private Optional<ExampleSet> heldOut(RunSession session, PreparedData data) {
    if (data.manifest().test().examples() == 0) {
      context.say("  nothing is held out, so nothing is evaluated");
      return Optional.empty();
    }
    return Optional.of(PreparedExamples.of(session.spark(), data, Split.TEST));
  }

  private Evaluation evaluated(RunSession session, ExampleSet examples, TunedClassifier tuned) {
    Evaluator evaluator =
        new Evaluator(
            session.context(), settings().plan().groups(), recipe.evaluate().microBatchTokens());
    return evaluator.evaluate(
        tuned.fingerprint().sha256() + ":held-out:" + tuned.adapter().plan().spec().method(),
        tuned.source(),
        tuned.source().labels(),
        examples,
        tuned.adapter().values());
  }

  private StepListener both(MetricsFile metrics) {
    StepListener progress = progress();
    return step -> {
      metrics.stepEnded(step);
      progress.stepEnded(step);
    };
  }

  private StepListener progress() {
    return context.terminal()
        ? ProgressLine.onTerminal(context.out(), context.clock())
        : ProgressLine.inLog(context.out(), context.clock());
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
