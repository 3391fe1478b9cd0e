package dev.rankwise.pipeline.tune;

import dev.rankwise.adapters.adalora.BudgetSchedule;
import dev.rankwise.adapters.adalora.Decision;
import dev.rankwise.adapters.adalora.LiveTriplets;
import dev.rankwise.adapters.adalora.Orthogonality;
import dev.rankwise.adapters.adalora.RankAllocator;
import dev.rankwise.adapters.adalora.Triplets;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.RankAllocation;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.GroupSum.Said;
import dev.rankwise.pipeline.checkpoint.Snapshot;
import dev.rankwise.pipeline.executor.ModelSource;
import dev.rankwise.pipeline.model.AdaptedModel;
import dev.rankwise.pipeline.train.HeldOutLoss;
import dev.rankwise.pipeline.train.Selection;
import dev.rankwise.pipeline.train.UpdateHook;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * AdaLoRA's part in each step: the orthogonality term, the sensitivity of all triplets, and the
 * decision which of them stay.
 *
 * <p>The driver keeps all triplets to the end, with their term and their moments. Executors have
 * those that are left once the last decision is made: the others are multiplied by zero, so that
 * their gradient is zero too, but for that of Λ, which is set to zero again.
 */
final class RankAllocationHook implements UpdateHook {
  private static final String SENSITIVITY = "sensitivity";
  private static final String UNCERTAINTY = "uncertainty";
  private static final String DECISIONS = "decisions";
  private static final String TERMS = "terms";
  private static final String STEPS = "steps";

  private final AdapterPlan plan;
  private final AdaptedModel whole;
  private final AllocationSettings settings;
  private final BudgetSchedule schedule;
  private final RankAllocator allocator;
  private final Orthogonality orthogonality;
  private final List<Double> terms = new ArrayList<>();
  private double term;
  private Optional<LiveTriplets> handedOut = Optional.empty();

  /**
   * A hook for one run.
   *
   * @param whole the model with all triplets
   * @param plan its plan, with the number of the run's steps in its allocation
   * @throws dev.rankwise.models.failure.UserInputException if the run is too short for its schedule
   */
  RankAllocationHook(AdaptedModel whole, AdapterPlan plan, AllocationSettings settings) {
    RankAllocation allocation = plan.spec().allocation();
    List<Triplets> modules = Triplets.of(plan.matched(), plan.layout());
    this.plan = plan;
    this.whole = whole;
    this.settings = settings;
    this.schedule = BudgetSchedule.of(allocation, modules.size(), plan.spec().rank());
    this.allocator = new RankAllocator(modules, schedule, allocation, settings.ties());
    this.orthogonality = new Orthogonality(modules);
  }

  @Override
  public ModelSource source(ModelSource run) {
    return handedOut.isPresent() ? narrowed() : run;
  }

  @Override
  public float[] handedOut(float[] theta) {
    return handedOut.map(live -> live.of(theta)).orElse(theta);
  }

  @Override
  public float[] completed(float[] theta, float[] gradient) {
    float[] all = handedOut.map(live -> live.spread(gradient)).orElse(gradient);
    double weight = plan.spec().allocation().orthogonality();
    term = orthogonality.add(theta, weight, all);
    terms.add(weight * term);
    return all;
  }

  /** The term without its weight, as {@code orthogonality_loss}. */
  @Override
  public Map<String, Double> figures(List<Said> said) {
    return Map.of("orthogonality_loss", term);
  }

  @Override
  public void updating(int step, float[] theta, float[] gradient) {
    if (settings.point() == AllocationSettings.SensitivityPoint.PRE) {
      allocator.observe(step, theta, gradient);
    }
  }

  @Override
  public void updated(int step, float[] theta, float[] gradient) {
    if (settings.point() == AllocationSettings.SensitivityPoint.POST) {
      allocator.observe(step, theta, gradient);
    }
  }

  @Override
  public void ended(int step, float[] theta) {
    allocator.decide(step, theta);
    dropMasked();
  }

  private void dropMasked() {
    if (handedOut.isEmpty()
        && allocator.isFinal()
        && settings.masked() == AllocationSettings.MaskedTriplets.DROPPED) {
      handedOut = Optional.of(live());
    }
  }

  @Override
  public Snapshot state() {
    int parameters = plan.layout().size();
    return Snapshot.empty()
        .with(STEPS, schedule.steps())
        .with(SENSITIVITY, allocator.sensitivity(parameters))
        .with(UNCERTAINTY, allocator.uncertainty(parameters))
        .with(
            DECISIONS,
            allocator.decisions().stream().map(Decision::text).collect(Collectors.joining("\n")))
        .with(TERMS, terms.stream().map(String::valueOf).collect(Collectors.joining("\n")));
  }

  /**
   * Goes on as a hook that was left in this state.
   *
   * @throws UserInputException if that run was to have another number of steps: what was decided,
   *     and when, followed from it
   */
  @Override
  public void restore(Snapshot state) {
    requirePlannedSteps(state.whole(STEPS));
    int parameters = plan.layout().size();
    allocator.restore(
        state.vector(SENSITIVITY, parameters),
        state.vector(UNCERTAINTY, parameters),
        state.text(DECISIONS).lines().map(Decision::parsed).toList());
    terms.clear();
    state.text(TERMS).lines().map(Double::valueOf).forEach(terms::add);
    dropMasked();
  }

  private void requirePlannedSteps(int planned) {
    if (planned != schedule.steps()) {
      throw new UserInputException(
          ("Cannot go on over %s steps: the budget of adalora was planned for %s, and each decision"
                  + " follows from that number; ask for as many with train.max-steps or train.epochs,"
                  + " or begin anew in another folder")
              .formatted(schedule.steps(), planned));
    }
  }

  /** A selection that measures no parameters of which triplets are still to go. */
  Selection afterTheLastDecision(Selection selection) {
    return new Selection() {
      @Override
      public boolean goesOn(int step, float[] theta) {
        return step <= schedule.steps() - schedule.finalSteps() || selection.goesOn(step, theta);
      }

      @Override
      public float[] chosen(int step, float[] theta) {
        return selection.chosen(step, theta);
      }

      @Override
      public List<HeldOutLoss> measured() {
        return selection.measured();
      }

      @Override
      public Snapshot state() {
        return selection.state();
      }

      @Override
      public void restore(Snapshot state) {
        selection.restore(state);
      }
    };
  }

  /** The model with the triplets that are left alone. */
  AdaptedModel narrowed() {
    return whole.withAdapter(narrowedSpec());
  }

  /** What is asked of the adapter, with the triplets that are left. */
  AdapterSpec narrowedSpec() {
    RankAllocation allocation = plan.spec().allocation();
    return plan.spec().withAllocation(allocation.withLive(last().live()));
  }

  /** The parameters that are left. */
  LiveTriplets live() {
    return LiveTriplets.of(plan.matched(), plan.layout(), last().live());
  }

  /** All decisions, and the weighted orthogonality term before each step. */
  AllocationRecord recorded() {
    return new AllocationRecord(allocator.decisions(), terms);
  }

  private Decision last() {
    List<Decision> decisions = allocator.decisions();
    if (decisions.isEmpty()) {
      throw new InternalException("The run ended before anything was decided on its ranks");
    }
    return decisions.get(decisions.size() - 1);
  }
}
