package dev.rankwise.benchmarks.scale;

import dev.rankwise.benchmarks.scale.Setting.Summing;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * One step of a run, event by event: the driver makes a broadcast and starts the tasks one after
 * another; each executor fetches the parameters ({@link Torrent}), computes its group, and sends
 * its gradient; the driver's link takes one gradient after another; the driver adds and updates.
 *
 * <p>Left out: other users of the network, hosts that fail, and results that come in on more than
 * one thread at a time faster than the one measured.
 *
 * @param costs what was measured
 */
record StepSimulation(StepCosts costs) {
  private static final int MOST = 1024;

  /** The parts of a step; the same setting gives the same numbers. */
  StepParts step(Setting setting) {
    SplittableRandom random = new SplittableRandom(setting.executors());
    int executors = setting.executors();
    double made = setting.bytes() * costs.handOutByte();
    double[] begins = new double[executors];
    for (int i = 0; i < executors; i++) {
      begins[i] = made + costs.job() + i * costs.task();
    }
    double[] ready =
        Torrent.ends(begins, setting.bytes(), setting.bytesPerSecond(), random.split());
    double reading = setting.bytes() * costs.readByte();
    double group = setting.flop() / (setting.cores() * costs.coreFlops());
    double[] computed = new double[executors];
    double handedOut = 0;
    for (int i = 0; i < executors; i++) {
      double began = ready[i] + reading;
      handedOut = Math.max(handedOut, began);
      computed[i] = began + group * Math.max(0.5, 1 + costs.spread() * random.nextGaussian());
    }
    double last = Arrays.stream(computed).max().orElse(0);
    return collected(setting, computed, handedOut, Math.max(handedOut, last));
  }

  private StepParts collected(
      Setting setting, double[] computed, double handedOut, double lastEnd) {
    double[] arrived = computed;
    int results = setting.executors();
    if (setting.summing() == Summing.IN_TWO_LEVELS) {
      int branch = branch(setting.executors());
      results = (setting.executors() + branch - 1) / branch;
      arrived = new double[results];
      double fetched = lastEnd + costs.job() + results * costs.task();
      double adding = setting.parameters() * (costs.sumVector() + branch * costs.sumGroup());
      Arrays.fill(arrived, fetched + (branch - 1) * taken(setting) + adding);
    }
    double[] inOrder = arrived.clone();
    Arrays.sort(inOrder);
    boolean streamed = setting.summing() == Summing.WHILE_THEY_COME;
    double added = setting.parameters() * costs.sumGroup();
    double free = 0;
    double summed = 0;
    for (double at : inOrder) {
      free = Math.max(free, at) + taken(setting);
      summed = Math.max(summed, free) + added;
    }
    double all = setting.parameters() * (costs.sumVector() + results * costs.sumGroup());
    double sum = streamed ? summed - free + setting.parameters() * costs.sumVector() : all;
    return new StepParts(
        handedOut,
        lastEnd - handedOut,
        free - lastEnd,
        sum,
        setting.parameters() * costs.optimizer());
  }

  /** Taking in one gradient: by the link, or by the processor where that is slower. */
  private double taken(Setting setting) {
    return setting.bytes() * Math.max(1 / setting.bytesPerSecond(), costs.collectByte());
  }

  private static int branch(int executors) {
    return Math.max(1, (int) Math.round(Math.sqrt(executors)));
  }

  /** A step's tokens a second for each executor, as a share of what one alone computes. */
  double efficiency(Setting setting) {
    return setting.flop() / (setting.cores() * costs.coreFlops()) / step(setting).whole();
  }

  /**
   * The most executors with which at least half of the time is spent on computing; 1,025 where
   * 1,024 are not too many, 0 where one is.
   */
  int saturation(Setting setting) {
    int enough = 0;
    int tooMany = MOST + 1;
    while (tooMany - enough > 1) {
      int middle = (enough + tooMany) / 2;
      if (efficiency(setting.withExecutors(middle)) >= 0.5) {
        enough = middle;
      } else {
        tooMany = middle;
      }
    }
    return enough == MOST ? tooMany : enough;
  }

  /**
   * From how many executors on two levels are at least a tenth faster than one; 0 if up to 1,024
   * they never are.
   */
  int treePays(Setting setting) {
    for (int executors = 4; executors <= MOST; executors *= 2) {
      Setting here = setting.withExecutors(executors);
      if (step(here.with(Summing.IN_TWO_LEVELS)).whole() < 0.9 * step(here).whole()) {
        return executors;
      }
    }
    return 0;
  }
}
