package dev.rankwise.jobs.estimate;

import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.stored.ProbeInputs;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModelTask;
import dev.rankwise.models.network.GradientPass;
import dev.rankwise.models.network.Parameters;
import dev.rankwise.models.network.Replica;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.random.DropoutKey;
import dev.rankwise.models.source.BaseCache;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.torch.FloatProducts;
import dev.rankwise.models.torch.NumericsProbe;
import dev.rankwise.models.torch.OperatorProfile;
import dev.rankwise.models.torch.OperatorProfile.OperatorTime;
import dev.rankwise.pipeline.executor.PeakMemory;
import java.util.List;
import java.util.OptionalLong;

/**
 * The largest micro-batch of a recipe, computed here forward and backward as a task computes it: on
 * tokens drawn at random, each of them a target, in sequences of the greatest length.
 *
 * @param tokens how many
 * @param threads native threads of the task
 * @param processor what it ran on
 * @param seconds how long it took, the second time: the first one compiles
 * @param bytes what it took on top of base and parameters; empty where the operating system does
 *     not tell
 * @param operators where libtorch spent a third pass, the longest first
 */
public record MeasuredMicroBatch(
    int tokens,
    int threads,
    String processor,
    double seconds,
    OptionalLong bytes,
    List<OperatorTime> operators) {

  public MeasuredMicroBatch {
    operators = List.copyOf(operators);
  }

  /**
   * Measures it.
   *
   * @param longest most tokens of a sequence
   * @param taskCores cores of a Spark task
   */
  static MeasuredMicroBatch of(
      Recipe recipe, BaseDirectory base, AdapterPlan plan, int longest, int taskCores) {
    int threads = recipe.threads(taskCores);
    NumericsProbe probe = NumericsProbe.ofThisJvm(threads);
    ReplicaSettings settings = recipe.replica(taskCores, FloatProducts.fasterOn(probe.processor()));
    TokenBatch batch = batch(recipe, plan.base(), longest);
    float[] values = new float[plan.layout().size()];
    try (Replica replica =
            Replica.open(base, plan.base(), plan.attachment(), settings, BaseCache.defaultRoot());
        Parameters parameters = replica.parameters(values)) {
      OptionalLong first = PeakMemory.during(() -> compute(replica, parameters, batch));
      long start = System.nanoTime();
      OptionalLong second = PeakMemory.during(() -> compute(replica, parameters, batch));
      double seconds = (System.nanoTime() - start) / 1e9;
      OptionalLong most =
          first.isPresent() && second.isPresent()
              ? OptionalLong.of(Math.max(first.getAsLong(), second.getAsLong()))
              : OptionalLong.empty();
      return new MeasuredMicroBatch(
          batch.tokens(),
          threads,
          probe.processor().description(),
          seconds,
          most,
          OperatorProfile.of(() -> compute(replica, parameters, batch)));
    }
  }

  /** Tokens a second of one task. */
  double tokensPerSecond() {
    return tokens / seconds;
  }

  private static void compute(Replica replica, Parameters parameters, TokenBatch batch) {
    try (GradientPass pass = replica.gradientPass(parameters)) {
      pass.add(batch, batch.labels().length, new DropoutKey(0, 0, 0));
      pass.finish();
    }
  }

  /** As many sequences of the greatest length as a micro-batch, or a group of a step, may have. */
  private static TokenBatch batch(Recipe recipe, ModelConfig config, int longest) {
    int inMicroBatch =
        Math.max(1, recipe.train().settings().plan().maximumTokensPerMicroBatch() / longest);
    int sequences = Math.min(inMicroBatch, StepShape.of(recipe).sequencesPerGroup());
    // Any task costs as much as another.
    TokenBatch batch = ProbeInputs.of(config, sequences, longest).withTasks(new int[sequences]);
    return config.task() == ModelTask.CAUSAL_LANGUAGE_MODEL
        ? batch.withNextTokens(batch.ids())
        : new TokenBatch(
            batch.ids(),
            batch.typeIds(),
            batch.positions(),
            batch.offsets(),
            new int[sequences],
            batch.tasks(),
            batch.images());
  }
}
