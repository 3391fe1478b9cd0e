package dev.rankwise.adapters.adalora;

import dev.rankwise.adapters.spec.RankAllocation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Takes triplets away, where they matter least, until a budget is met: one for a run, in one place,
 * so that ranks cannot differ between workers.
 *
 * <p>After each step it sees weights and gradients, then decides where its schedule says so. A
 * triplet that goes has its entry of Λ set to 0 and nothing else; until the last decision the next
 * step moves it again, so it may come back. After that the entries are set to 0 at each step.
 *
 * <p>Source: AdaLoRA (arXiv 2303.10512), section 3.3, algorithm 1; PEFT's {@code RankAllocator}.
 */
public final class RankAllocator {
  private final BudgetSchedule schedule;
  private final TieRule ties;
  private final List<Triplets> modules;
  private final List<TripletScores> scores = new ArrayList<>();
  private final List<Decision> decisions = new ArrayList<>();

  private record Scored(int module, int index, float score) {}

  /**
   * An allocator at the start of a run.
   *
   * @param modules the adapted modules, by path, with all their triplets
   */
  public RankAllocator(
      List<Triplets> modules, BudgetSchedule schedule, RankAllocation allocation, TieRule ties) {
    this.modules = List.copyOf(modules);
    this.schedule = schedule;
    this.ties = ties;
    for (Triplets module : modules) {
      scores.add(
          new TripletScores(
              module, allocation.sensitivitySmoothing(), allocation.uncertaintySmoothing()));
    }
  }

  /**
   * Takes in a step whose gradient was used. Once the last decision is due, nothing is taken in.
   *
   * @param step number of the step, from 0
   * @param theta the weights that sensitivity is taken at, (parameters)
   * @param gradient the step's gradient, the orthogonality term's included, (parameters)
   */
  public void observe(int step, float[] theta, float[] gradient) {
    if (schedule.phase(step) == BudgetSchedule.Phase.SCORING) {
      scores.forEach(module -> module.observe(theta, gradient));
    }
  }

  /**
   * Decides if it is time to, or holds what was decided last.
   *
   * @param step number of the step, from 0; each is to be asked for, whether its gradient was used
   *     or not
   * @param theta the weights after it, (parameters), changed in place
   * @return the decision; empty if none was due
   */
  public Optional<Decision> decide(int step, float[] theta) {
    Optional<Decision> decision = Optional.empty();
    if (schedule.decides(step)) {
      decision = Optional.of(decision(step));
      decisions.add(decision.get());
      if (isFinal()) {
        scores.clear();
      }
    } else if (schedule.phase(step) != BudgetSchedule.Phase.FROZEN) {
      return decision;
    }
    mask(decisions.get(decisions.size() - 1), theta);
    return decision;
  }

  /** All decisions so far, in order. */
  public List<Decision> decisions() {
    return List.copyOf(decisions);
  }

  /** Whether the last decision has been made. */
  public boolean isFinal() {
    return !decisions.isEmpty()
        && schedule.phase(decisions.get(decisions.size() - 1).step())
            == BudgetSchedule.Phase.FREEZING;
  }

  /**
   * Takes the place of an allocator that saw the run's steps so far.
   *
   * @param sensitivity what its {@link #sensitivity} was
   * @param uncertainty what its {@link #uncertainty} was
   * @param decided its {@link #decisions}
   */
  public void restore(float[] sensitivity, float[] uncertainty, List<Decision> decided) {
    scores.forEach(module -> module.restore(sensitivity, uncertainty));
    decisions.clear();
    decisions.addAll(decided);
    if (isFinal()) {
      scores.clear();
    }
  }

  private Decision decision(int step) {
    List<Scored> all = new ArrayList<>();
    for (int module = 0; module < modules.size(); module++) {
      float[] ofModule = scores.get(module).scores();
      for (int k = 0; k < ofModule.length; k++) {
        all.add(new Scored(module, k, ofModule[k]));
      }
    }
    // A stable sort: those of one score stay in the order of path and index.
    all.sort(Comparator.comparingDouble(Scored::score).reversed());
    int budget = schedule.budget(step);
    float threshold = all.get(budget).score();
    boolean[][] live = new boolean[modules.size()][];
    for (int module = 0; module < live.length; module++) {
      live[module] = new boolean[modules.get(module).rank()];
    }
    for (int place = 0; place < budget; place++) {
      Scored scored = all.get(place);
      live[scored.module()][scored.index()] =
          ties == TieRule.BY_NAME_AND_INDEX || scored.score() > threshold;
    }
    SortedMap<String, List<Boolean>> byPath = new TreeMap<>();
    for (int module = 0; module < live.length; module++) {
      List<Boolean> triplets = new ArrayList<>();
      for (boolean one : live[module]) {
        triplets.add(one);
      }
      byPath.put(modules.get(module).path(), triplets);
    }
    return new Decision(step, budget, threshold, byPath);
  }

  private void mask(Decision decision, float[] theta) {
    for (Triplets module : modules) {
      List<Boolean> live = decision.live().get(module.path());
      for (int k = 0; k < module.rank(); k++) {
        if (!live.get(k)) {
          theta[module.lambda() + k] = 0;
        }
      }
    }
  }

  /** S of each triplet of each module, by path. */
  SortedMap<String, float[]> scores() {
    SortedMap<String, float[]> byPath = new TreeMap<>();
    for (int module = 0; module < scores.size(); module++) {
      byPath.put(modules.get(module).path(), scores.get(module).scores());
    }
    return byPath;
  }

  /** Ī at the places of the parameter vector; 0 elsewhere, and once the last decision is made. */
  public float[] sensitivity(int parameters) {
    float[] values = new float[parameters];
    scores.forEach(module -> module.copySensitivity(values));
    return values;
  }

  /** Ū likewise. */
  public float[] uncertainty(int parameters) {
    float[] values = new float[parameters];
    scores.forEach(module -> module.copyUncertainty(values));
    return values;
  }
}
