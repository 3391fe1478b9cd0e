package dev.rankwise.pipeline.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.adapters.adalora.Decision;
import dev.rankwise.adapters.adalora.TieRule;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.spec.RankAllocation;
import dev.rankwise.models.Golden;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.GroupSum.Said;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.source.BaseCache;
import dev.rankwise.models.source.BaseReference;
import dev.rankwise.models.source.BaseSource;
import dev.rankwise.pipeline.LocalSession;
import dev.rankwise.pipeline.checkpoint.Snapshot;
import dev.rankwise.pipeline.executor.ExampleSet;
import dev.rankwise.pipeline.executor.ModelSource;
import dev.rankwise.pipeline.executor.ReplicaHolder;
import dev.rankwise.pipeline.executor.TokenExample;
import dev.rankwise.pipeline.model.AdaptedDecoder;
import dev.rankwise.pipeline.model.RequiredBits;
import dev.rankwise.pipeline.optimizer.AdamWSettings;
import dev.rankwise.pipeline.optimizer.RateShape;
import dev.rankwise.pipeline.plan.LastStep;
import dev.rankwise.pipeline.plan.MicroBatch;
import dev.rankwise.pipeline.plan.PlanSettings;
import dev.rankwise.pipeline.plan.PlannedGroup;
import dev.rankwise.pipeline.plan.StepPlan;
import dev.rankwise.pipeline.reduce.GlobalNormClip;
import dev.rankwise.pipeline.reduce.GradientPolicy;
import dev.rankwise.pipeline.train.Checkpoints;
import dev.rankwise.pipeline.train.Selection;
import dev.rankwise.pipeline.train.StepMetrics;
import dev.rankwise.pipeline.train.Trainer;
import dev.rankwise.pipeline.train.TrainingRun;
import dev.rankwise.pipeline.train.TrainingSettings;
import dev.rankwise.pipeline.train.UpdateHook;
import dev.rankwise.pipeline.train.WarmUp;
import dev.rankwise.pipeline.tune.AllocationSettings.MaskedTriplets;
import dev.rankwise.pipeline.tune.AllocationSettings.SensitivityPoint;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A run that PEFT recorded, by our loop from its first step to its last: forward and backward pass,
 * orthogonality term, clipping, AdamW, schedule, scores and decisions, none of them begun anew.
 */
@Tag("spark")
final class TestAllocationTrace {
  /** How far parameters may be apart after the whole run. */
  private static final double WHOLE_RUN = 2e-5;

  private static SparkSession spark;

  @BeforeAll
  static void start() {
    spark = LocalSession.start("local[2]");
  }

  @AfterAll
  static void stop() {
    spark.stop();
    ReplicaHolder.ofThisJvm().closeIdle();
  }

  @Test
  void aWholeRunIsPefts() {
    Path folder = Golden.file("adalora-trace/trace.json").getParent();
    try (SafetensorsFile values = SafetensorsFile.open(folder.resolve("trace.safetensors"))) {
      Recorded recorded = Recorded.of(folder, values);
      Finished finished = recorded.run(MaskedTriplets.CARRIED, TieRule.ALL_AT_ONCE);

      recorded.losses(finished.steps());
      recorded.decisions(finished.hook().recorded().decisions());
      for (int step = 0; step < finished.after().size(); step++) {
        recorded.parameters(step, finished.after().get(step));
      }
      Adapter saved = PeftDirectory.read(folder.resolve("adapter"), recorded.plan.base(), "none");
      float[] left = finished.hook().live().of(finished.last());
      assertThat(left).hasSameSizeAs(saved.values());
      assertThat(distance(left, saved.values())).isLessThan(WHOLE_RUN);
    }
  }

  /**
   * Dropped triplets leave the norm that the gradient is clipped at without their part of Λ. In the
   * recorded run, with norms about twice the limit, that moves nothing further than the bound.
   */
  @Test
  void whatIsDroppedIsMissedInTheClippedNormAlone() {
    Path folder = Golden.file("adalora-trace/trace.json").getParent();
    try (SafetensorsFile values = SafetensorsFile.open(folder.resolve("trace.safetensors"))) {
      Recorded recorded = Recorded.of(folder, values);
      TieRule exact = TieRule.BY_NAME_AND_INDEX;
      Finished carried = recorded.run(MaskedTriplets.CARRIED, exact);
      Finished dropped = recorded.run(MaskedTriplets.DROPPED, exact);

      assertThat(dropped.hook().recorded().decisions())
          .isEqualTo(carried.hook().recorded().decisions());
      float[] left = dropped.hook().live().of(dropped.last());
      double moved = distance(left, carried.hook().live().of(carried.last()));
      System.out.println("Largest difference that dropped triplets make, clipped: " + moved);
      assertThat(moved).isLessThan(1e-3);
    }
  }

  /** Without a norm nothing is left by which what was dropped could be missed. */
  @Test
  void whatIsDroppedChangesNothingWithoutClipping() {
    Path folder = Golden.file("adalora-trace/trace.json").getParent();
    try (SafetensorsFile values = SafetensorsFile.open(folder.resolve("trace.safetensors"))) {
      Recorded recorded = Recorded.of(folder, values);
      TieRule exact = TieRule.BY_NAME_AND_INDEX;
      Finished carried = recorded.run(MaskedTriplets.CARRIED, exact, GlobalNormClip.none());
      Finished dropped = recorded.run(MaskedTriplets.DROPPED, exact, GlobalNormClip.none());

      assertThat(dropped.hook().recorded().decisions())
          .isEqualTo(carried.hook().recorded().decisions());
      float[] left = dropped.hook().live().of(dropped.last());
      assertThat(distance(left, carried.hook().live().of(carried.last()))).isLessThan(WHOLE_RUN);
      List<Double> terms = dropped.hook().recorded().terms();
      double weight = recorded.plan.spec().allocation().orthogonality();
      for (int step = 0; step < terms.size(); step++) {
        double term = dropped.steps().get(step).figures().get("orthogonality_loss");
        assertThat(weight * term).isEqualTo(terms.get(step));
        assertThat(dropped.steps().get(step).fields()).containsEntry("orthogonality_loss", term);
      }
    }
  }

  /**
   * The paper's formula takes the weights before the step and its whole gradient, PEFT those after.
   */
  @Test
  void sensitivityIsOfTheWeightsBeforeOrAfterTheStep() {
    Path folder = Golden.file("adalora-trace/trace.json").getParent();
    try (SafetensorsFile values = SafetensorsFile.open(folder.resolve("trace.safetensors"))) {
      Recorded recorded = Recorded.of(folder, values);
      double isNew = 1 - recorded.plan.spec().allocation().sensitivitySmoothing();
      float[] before = recorded.flat("stepped", 0);
      float[] after = recorded.flat("stepped", 1);
      assertThat(after).isNotEqualTo(before);
      float[] whole = new float[before.length];
      float[] clipped = new float[before.length];
      for (int i = 0; i < whole.length; i++) {
        whole[i] = (float) Math.sin(i + 1);
        clipped[i] = whole[i] / 4;
      }
      for (SensitivityPoint point : SensitivityPoint.values()) {
        RankAllocationHook hook =
            new RankAllocationHook(
                recorded.model,
                recorded.plan,
                new AllocationSettings(
                    point, TieRule.BY_NAME_AND_INDEX, MaskedTriplets.CARRIED, 0.1, 0.3));
        hook.updating(0, before, whole);
        hook.updated(0, after, clipped);

        float[] found = hook.state().vector("sensitivity", before.length);
        boolean pre = point == SensitivityPoint.PRE;
        int triplets = 0;
        for (Parameter parameter : recorded.plan.layout().parameters()) {
          int size = parameter.role() == Parameter.Role.KEPT ? 0 : parameter.tensor().size();
          for (int i = parameter.offset(); i < parameter.offset() + size; i++) {
            double now = pre ? before[i] * (double) whole[i] : after[i] * (double) clipped[i];
            assertThat((double) found[i])
                .as("%s of %s", point, parameter.tensor().name())
                .isCloseTo(isNew * Math.abs(now), within(1e-7));
            triplets++;
          }
        }
        assertThat(triplets).isPositive();
      }
    }
  }

  private static double distance(float[] found, float[] expected) {
    double largest = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs((double) found[i] - expected[i]));
    }
    return largest;
  }

  /** What our loop made of a recorded run. */
  private record Finished(
      RankAllocationHook hook, List<StepMetrics> steps, List<float[]> after, float[] last) {}

  /** A recorded run. */
  private static final class Recorded {
    private final JsonNode told;
    private final JsonNode settings;
    private final SafetensorsFile values;
    private final AdapterPlan plan;
    private final AdaptedDecoder model;

    private Recorded(JsonNode told, SafetensorsFile values, AdapterSpec spec, Path base) {
      this.told = told;
      this.settings = told.get("settings");
      this.values = values;
      this.plan = AdapterPlan.of(ModelConfig.read(base.resolve("config.json")), spec);
      String hash = new BaseSource(BaseCache.defaultRoot()).resolve(base.toString()).sha256();
      this.model =
          new AdaptedDecoder(
              new BaseReference(base.toString(), hash),
              spec,
              new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1),
              RequiredBits.any());
    }

    static Recorded of(Path folder, SafetensorsFile values) {
      JsonNode told = Golden.json(folder.resolve("trace.json"));
      JsonNode settings = told.get("settings");
      List<String> targets = new ArrayList<>();
      settings.get("targets").forEach(target -> targets.add(target.textValue()));
      RankAllocation allocation =
          new RankAllocation(
              settings.get("target_r").intValue(),
              told.get("total_step").intValue(),
              settings.get("tinit").intValue(),
              settings.get("tfinal").intValue(),
              settings.get("deltaT").intValue(),
              settings.get("beta1").doubleValue(),
              settings.get("beta2").doubleValue(),
              settings.get("orth").doubleValue(),
              Map.of());
      AdapterSpec spec =
          AdapterSpec.of("adalora")
              .withRank(settings.get("init_r").intValue(), settings.get("lora_alpha").doubleValue())
              .withTargets(ModuleChoice.of(targets))
              .withAllocation(allocation);
      return new Recorded(
          told, values, spec, Golden.given("models").resolve(told.get("base").textValue()));
    }

    Finished run(MaskedTriplets masked, TieRule ties) {
      return run(masked, ties, clip());
    }

    Finished run(MaskedTriplets masked, TieRule ties, GlobalNormClip clip) {
      int batch = settings.get("batch").intValue();
      AllocationSettings allocation =
          new AllocationSettings(SensitivityPoint.POST, ties, masked, 0.1, 0.3);
      RankAllocationHook hook = new RankAllocationHook(model, plan, allocation);
      List<StepMetrics> steps = new ArrayList<>();
      List<float[]> after = new ArrayList<>();
      Trainer trainer =
          new Trainer(
              JavaSparkContext.fromSparkContext(spark.sparkContext()),
              training(batch, clip),
              model,
              LikeParameters.joined(
                  plan, parameter -> 1, parameter -> settings.get("decay").doubleValue()),
              steps::add,
              Clock.systemUTC());
      float[] last =
          trainer
              .train(
                  new TrainingRun(
                      "trace-" + masked + ties + clip,
                      examples(batch),
                      flat("before", 0),
                      Selection.last(),
                      new Watched(hook, after),
                      Checkpoints.none()))
              .parameters();
      return new Finished(hook, steps, after, last);
    }

    GlobalNormClip clip() {
      double clip = settings.path("clip").doubleValue();
      return clip > 0 ? new GlobalNormClip(clip) : GlobalNormClip.none();
    }

    private TrainingSettings training(int batch, GlobalNormClip clip) {
      JsonNode betas = told.get("adamw").get("betas");
      return new TrainingSettings(
          new PlanSettings(0, batch, 1, 4096, 1, PlanSettings.UNLIMITED, LastStep.DROP),
          settings.get("lr").doubleValue(),
          RateShape.LINEAR,
          WarmUp.ofSteps(settings.get("warmup").intValue()),
          new AdamWSettings(
              betas.get(0).doubleValue(),
              betas.get(1).doubleValue(),
              told.get("adamw").get("eps").doubleValue()),
          clip,
          GradientPolicy.STOP);
    }

    /** The recorded texts, each at the place where the plan of the run comes upon it. */
    private ExampleSet examples(int batch) {
      int steps = told.get("total_step").intValue();
      long[] ids = values.longs("input_ids");
      int tokens = ids.length / (steps * batch);
      int[] lengths = new int[steps * batch];
      Arrays.fill(lengths, tokens);
      int[] targets = new int[lengths.length];
      Arrays.fill(targets, tokens - 1);
      StepPlan order = new StepPlan(lengths, training(batch, clip()).plan());
      List<TokenExample> examples = new ArrayList<>();
      for (int step = 0; step < steps; step++) {
        int next = step * batch;
        for (PlannedGroup group : order.step(step).groups()) {
          for (MicroBatch micro : group.microBatches()) {
            for (int position : micro.positions()) {
              examples.add(example(position, ids, next * tokens, tokens));
              next++;
            }
          }
        }
      }
      JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
      return new ExampleSet(context.parallelize(examples, 2), lengths, targets);
    }

    private static TokenExample example(int position, long[] all, int from, int tokens) {
      int[] ids = new int[tokens];
      int[] labels = new int[tokens];
      for (int i = 0; i < tokens; i++) {
        ids[i] = (int) all[from + i];
        labels[i] = i + 1 < tokens ? (int) all[from + i + 1] : TokenBatch.NONE;
      }
      return new TokenExample(position, new int[] {0}, ids, labels);
    }

    /** The flat vector of what was recorded under a name at one step. */
    float[] flat(String what, int step) {
      float[] flat = new float[plan.layout().size()];
      for (Parameter parameter : plan.layout().parameters()) {
        float[] all = values.floats(what + "." + parameter.tensor().name());
        int size = parameter.tensor().size();
        System.arraycopy(all, step * size, flat, parameter.offset(), size);
      }
      return flat;
    }

    void losses(List<StepMetrics> steps) {
      assertThat(steps).hasSize(told.get("steps").size());
      for (JsonNode step : told.get("steps")) {
        StepMetrics found = steps.get(step.get("t").intValue());
        double loss = step.get("task_loss").doubleValue();
        double norm = step.get("gradient_norm_before_clipping").doubleValue();
        assertThat(found.loss()).as("loss of %s", step).isCloseTo(loss, within(1e-4 * loss));
        assertThat(found.gradientNorm()).as("norm of %s", step).isCloseTo(norm, within(2e-3));
        assertThat(found.learningRate())
            .isCloseTo(step.get("learning_rate").doubleValue(), within(1e-12));
      }
    }

    void decisions(List<Decision> decisions) {
      for (Decision decision : decisions) {
        for (Map.Entry<String, List<Boolean>> module : decision.live().entrySet()) {
          int rank = module.getValue().size();
          byte[] masks = new byte[rank];
          values.bytes("mask." + module.getKey()).get(decision.step() * rank, masks);
          for (int k = 0; k < rank; k++) {
            assertThat(module.getValue().get(k))
                .as("triplet %s of %s after step %s", k, module.getKey(), decision.step())
                .isEqualTo(masks[k] == 1);
          }
        }
      }
    }

    void parameters(int step, float[] found) {
      float[] expected = flat("stepped", step);
      for (Parameter parameter : plan.layout().parameters()) {
        if (parameter.role() == Parameter.Role.DIAGONAL) {
          int size = parameter.tensor().size();
          float[] masked = values.floats("after." + parameter.tensor().name());
          System.arraycopy(masked, step * size, expected, parameter.offset(), size);
        }
      }
      assertThat(distance(found, expected)).as("after step %s", step).isLessThan(WHOLE_RUN);
    }
  }

  /** A hook that keeps the parameters of every step. */
  private record Watched(UpdateHook hook, List<float[]> after) implements UpdateHook {

    @Override
    public ModelSource source(ModelSource whole) {
      return hook.source(whole);
    }

    @Override
    public Map<String, Double> figures(List<Said> said) {
      return hook.figures(said);
    }

    @Override
    public float[] handedOut(float[] theta) {
      return hook.handedOut(theta);
    }

    @Override
    public float[] completed(float[] theta, float[] gradient) {
      return hook.completed(theta, gradient);
    }

    @Override
    public void updating(int step, float[] theta, float[] gradient) {
      hook.updating(step, theta, gradient);
    }

    @Override
    public void updated(int step, float[] theta, float[] gradient) {
      hook.updated(step, theta, gradient);
    }

    @Override
    public void ended(int step, float[] theta) {
      hook.ended(step, theta);
      after.add(theta.clone());
    }

    @Override
    public Snapshot state() {
      return hook.state();
    }

    @Override
    public void restore(Snapshot state) {
      hook.restore(state);
    }
  }
}
