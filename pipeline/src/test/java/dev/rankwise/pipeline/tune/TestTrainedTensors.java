package dev.rankwise.pipeline.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.models.Golden;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.failure.TrainingStoppedException;
import dev.rankwise.pipeline.train.TrainingResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

final class TestTrainedTensors {
  private static final int MOVES = 9;

  @Test
  void allThatMovedAreCounted() {
    AdapterPlan plan = plan("dora");
    TrainedTensors trained = verified(plan, parameter -> true, Map.of(), MOVES);
    assertThat(trained.tensors()).isEqualTo(plan.layout().parameters().size());
    assertThat(trained.still()).isEmpty();
    assertThat(trained.judged()).isTrue();
  }

  /** A change of the last bit of one number is a move. */
  @Test
  void oneNumberIsEnough() {
    AdapterPlan plan = plan("lora");
    float[] initial = new float[plan.layout().size()];
    Arrays.fill(initial, 0.5f);
    float[] trained = initial.clone();
    for (Parameter parameter : plan.layout().parameters()) {
      int last = parameter.offset() + parameter.tensor().size() - 1;
      trained[last] = Math.nextUp(trained[last]);
    }
    assertThat(
            TrainedTensors.verified(
                    plan, initial, result(trained, new BitSet(), MOVES), new BitSet(), Map.of())
                .still())
        .isEmpty();
  }

  @Test
  void aTensorThatStoodStillIsAnErrorWithItsName() {
    AdapterPlan plan = plan("dora");
    Predicate<Parameter> all = parameter -> parameter.role() != Parameter.Role.MAGNITUDE;
    assertThatThrownBy(() -> verified(plan, all, Map.of(), MOVES))
        .isInstanceOf(TrainingStoppedException.class)
        .hasMessageContaining("trained tensors did not move, but for weight decay, in 9 updates")
        .hasMessageContaining("model.layers.0.self_attn.q_proj.lora_magnitude_vector")
        .hasMessageContaining("raise the learning rate");
  }

  /**
   * Weight decay moves it, and nothing else does: no update had a gradient of any of its numbers.
   */
  @Test
  void aTensorThatDecayAloneMovedStoodStill() {
    AdapterPlan plan = plan("lora", List.of("norm"));
    Parameter kept =
        plan.layout().parameters().stream()
            .filter(parameter -> parameter.role() == Parameter.Role.KEPT)
            .findFirst()
            .orElseThrow();
    float[] initial = new float[plan.layout().size()];
    float[] trained = initial.clone();
    Arrays.fill(trained, 0.5f);
    BitSet untouched = new BitSet();
    untouched.set(kept.offset(), kept.offset() + kept.tensor().size());
    assertThatThrownBy(
            () ->
                TrainedTensors.verified(
                    plan, initial, result(trained, untouched, MOVES), new BitSet(), Map.of()))
        .isInstanceOf(TrainingStoppedException.class)
        .hasMessageContaining("1 of %s trained tensors", plan.layout().parameters().size())
        .hasMessageContaining("the first of them model.norm.weight;");
    assertThat(
            TrainedTensors.verified(
                    plan, initial, result(trained, untouched, 1), new BitSet(), Map.of())
                .still())
        .containsExactly("model.norm.weight");
    untouched.clear(kept.offset());
    assertThat(
            TrainedTensors.verified(
                    plan, initial, result(trained, untouched, MOVES), new BitSet(), Map.of())
                .still())
        .as("a gradient of one number is enough")
        .isEmpty();
  }

  @Test
  void afterOneUpdateNothingIsExpected() {
    AdapterPlan plan = plan("lora");
    TrainedTensors trained =
        verified(plan, parameter -> parameter.role() == Parameter.Role.FACTOR_B, Map.of(), 1);
    assertThat(trained.judged()).isFalse();
    assertThat(trained.still()).isNotEmpty().allMatch(name -> name.contains("lora_A"));
  }

  @Test
  void theDiagonalOfAModuleWithoutTripletsMayStandStillAndNoOther() {
    AdapterPlan plan = plan("adalora");
    List<Parameter> diagonals =
        plan.layout().parameters().stream()
            .filter(parameter -> parameter.role() == Parameter.Role.DIAGONAL)
            .toList();
    Parameter first = diagonals.get(0);
    Parameter second = diagonals.get(1);
    int rank = first.tensor().size();
    Map<String, List<Boolean>> live =
        Map.of(first.tensor().module(), Collections.nCopies(rank, false));
    assertThat(verified(plan, parameter -> !parameter.equals(first), live, MOVES).still())
        .containsExactly(first.tensor().name());
    List<Boolean> one = new ArrayList<>(Collections.nCopies(rank, false));
    one.set(0, true);
    assertThatThrownBy(
            () ->
                verified(
                    plan,
                    parameter -> !parameter.equals(second),
                    Map.of(second.tensor().module(), one),
                    MOVES))
        .hasMessageContaining(second.tensor().name());
  }

  @Test
  void expertsThatWereNeverChosenMayStandStill() {
    AdapterPlan plan = plan("moe-lora");
    assertThat(verified(plan, parameter -> false, Map.of(), MOVES).still())
        .hasSameSizeAs(plan.layout().parameters());
  }

  @Test
  void whatIsToStandStillMustAndCountsAsNoTensor() {
    AdapterPlan plan = plan("lora");
    Parameter first = plan.layout().parameters().get(0);
    BitSet fixed = new BitSet();
    fixed.set(first.offset(), first.offset() + first.tensor().size());
    float[] initial = new float[plan.layout().size()];
    float[] trained = initial.clone();
    Arrays.fill(trained, 1);
    assertThatThrownBy(
            () ->
                TrainedTensors.verified(
                    plan, initial, result(trained, fixed, MOVES), fixed, Map.of()))
        .isInstanceOf(InternalException.class)
        .hasMessage("Parameter 0 was to stand still and moved from 0.0 to 1.0");
    Arrays.fill(trained, 0, first.tensor().size(), 0);
    TrainedTensors checked =
        TrainedTensors.verified(plan, initial, result(trained, fixed, MOVES), fixed, Map.of());
    assertThat(checked.tensors()).isEqualTo(plan.layout().parameters().size() - 1);
    assertThat(checked.fixed()).isEqualTo(first.tensor().size());
  }

  private static AdapterPlan plan(String method) {
    return plan(method, List.of());
  }

  private static AdapterPlan plan(String method, List<String> kept) {
    return AdapterPlan.of(
        ModelConfig.read(Golden.own("models/llama/config.json")),
        AdapterSpec.of(method).withModulesToSave(kept));
  }

  private static TrainedTensors verified(
      AdapterPlan plan, Predicate<Parameter> moves, Map<String, List<Boolean>> live, int updates) {
    float[] initial = new float[plan.layout().size()];
    float[] trained = initial.clone();
    plan.layout().parameters().stream()
        .filter(moves)
        .forEach(parameter -> trained[parameter.offset()] = 1);
    return TrainedTensors.verified(
        plan, initial, result(trained, new BitSet(), updates), new BitSet(), live);
  }

  private static TrainingResult result(float[] trained, BitSet untouched, int updates) {
    return new TrainingResult(
        trained, updates, updates, untouched, 1, 1, 1, 1, List.of(), List.of());
  }
}
