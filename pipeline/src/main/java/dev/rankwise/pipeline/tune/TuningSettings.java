package dev.rankwise.pipeline.tune;

import dev.rankwise.adapters.kept.FullTuning;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.plan.ContinuedAdapter;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.stack.StackedFactors;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.source.BaseReference;
import dev.rankwise.pipeline.optimizer.ParameterGroup;
import dev.rankwise.pipeline.train.TrainingSettings;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is tuned and how. Driver only.
 *
 * @param base the base, with the hash that every host must find
 * @param adapter what is trained beside it
 * @param frozen an adapter that stays as it is beneath the one that is trained
 * @param start an adapter that the one which is trained begins as
 * @param teacher a ViT that the blocks of a decoder which learns to see are compared with
 * @param training order, batch, optimizer and schedule
 * @param weightDecay λ of AdamW, for all tensors but magnitudes, stretches and routers
 * @param loraPlus rates by kind of parameter; empty for one rate
 * @param allocation how rank is moved between modules, where the method moves it
 * @param replica element types and threads
 * @param decisive those settings of the recipe that change the result, by dotted key; they become
 *     part of the fingerprint
 */
public record TuningSettings(
    BaseReference base,
    AdapterSpec adapter,
    Optional<StackedFactors> frozen,
    Optional<ContinuedAdapter> start,
    Optional<BaseReference> teacher,
    TrainingSettings training,
    double weightDecay,
    Optional<LoraPlus> loraPlus,
    AllocationSettings allocation,
    ReplicaSettings replica,
    SortedMap<String, String> decisive) {

  /** Settings of an adapter by itself. */
  public TuningSettings(
      BaseReference base,
      AdapterSpec adapter,
      TrainingSettings training,
      double weightDecay,
      Optional<LoraPlus> loraPlus,
      AllocationSettings allocation,
      ReplicaSettings replica,
      SortedMap<String, String> decisive) {
    this(
        base,
        adapter,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        training,
        weightDecay,
        loraPlus,
        allocation,
        replica,
        decisive);
  }

  /** Settings with one rate for all parameters. */
  public TuningSettings(
      BaseReference base,
      AdapterSpec adapter,
      TrainingSettings training,
      double weightDecay,
      ReplicaSettings replica,
      SortedMap<String, String> decisive) {
    this(
        base,
        adapter,
        training,
        weightDecay,
        Optional.empty(),
        AllocationSettings.usual(),
        replica,
        decisive);
  }

  /** The same beside a teacher, or without one. */
  public TuningSettings taughtBy(Optional<BaseReference> newTeacher) {
    return new TuningSettings(
        base,
        adapter,
        frozen,
        start,
        newTeacher,
        training,
        weightDecay,
        loraPlus,
        allocation,
        replica,
        decisive);
  }

  /**
   * The groups in which the parameters of an adapter learn; a head by itself has one rate. Of full
   * tuning, which has no factors, biases and norms are LoRA+'s fast ones, as PEFT groups them.
   */
  List<ParameterGroup> parameterGroups(AdapterPlan plan) {
    return loraPlus
        .filter(rates -> !plan.matched().adapted().isEmpty() || isWhole(plan))
        .map(rates -> rates.groups(plan, training.learningRate(), weightDecay))
        .orElseGet(() -> LikeParameters.joined(plan, parameter -> 1, this::decay));
  }

  private static boolean isWhole(AdapterPlan plan) {
    return plan.method() instanceof FullTuning;
  }

  /**
   * A magnitude or a stretch that decays would pull what it is of to zero, a router would send all
   * tokens alike.
   */
  private double decay(Parameter parameter) {
    return switch (parameter.role()) {
      case MAGNITUDE, STRETCH, ROUTER -> 0;
      case FACTOR_A, FACTOR_B, BIAS_OF_B, DIAGONAL, KEPT, ROWS -> weightDecay;
    };
  }

  public TuningSettings {
    decisive = Collections.unmodifiableSortedMap(new TreeMap<>(decisive));
  }
}
