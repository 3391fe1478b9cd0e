package dev.rankwise.pipeline.plan;

import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.random.SeededStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Which examples each step of a run sees, in which groups and micro-batches.
 *
 * <p>The examples of all epochs form one stream: epoch 0 in the order that the seed gives it, then
 * epoch 1, and so on. Step {@code s} takes the stream's places {@code [s·batch, (s+1)·batch)}, so
 * every example is seen once an epoch and a step may reach over the end of one. The plan depends on
 * the lengths and the settings alone: a cluster of any size, and a run that resumes, follow the
 * same one.
 */
public final class StepPlan {
  private final int[] lengths;
  private final PlanSettings settings;
  private final GroupBalancer balancer;
  private final long streamLength;
  private final int steps;

  /**
   * Plans a run.
   *
   * @param lengths tokens of each example, by position in the prepared data
   */
  public StepPlan(int[] lengths, PlanSettings settings) {
    this.lengths = lengths.clone();
    this.settings = Objects.requireNonNull(settings, "settings");
    if (lengths.length == 0) {
      throw new DataException("Cannot plan a run: the data hold no example to train on");
    }
    for (int position = 0; position < lengths.length; position++) {
      if (lengths[position] < 1) {
        throw new DataException(
            ("Invalid length of the example at position %s: %s tokens; it must be at least 1;"
                    + " prepare the data again")
                .formatted(position, lengths[position]));
      }
    }
    this.balancer =
        new GroupBalancer(this.lengths, settings.groups(), settings.maximumTokensPerMicroBatch());
    this.streamLength = (long) Math.floor(settings.epochs() * lengths.length);
    this.steps = countSteps();
  }

  /**
   * All examples as one step, split like any other: how a whole data set is gone through once, in
   * micro-batches that do not depend on the cluster.
   *
   * @param lengths tokens of each example, by position
   */
  public static PlannedStep wholeOf(int[] lengths, int groups, int maximumTokensPerMicroBatch) {
    int[] positions = new int[lengths.length];
    for (int position = 0; position < positions.length; position++) {
      positions[position] = position;
    }
    GroupBalancer balancer = new GroupBalancer(lengths, groups, maximumTokensPerMicroBatch);
    return new PlannedStep(0, balancer.split(positions));
  }

  private int countSteps() {
    long batch = settings.batchSize();
    long whole = streamLength / batch;
    if (settings.lastStep() == LastStep.KEEP && streamLength % batch != 0) {
      whole++;
    }
    if (whole == 0) {
      throw new UserInputException(
          ("Cannot fill a single step: %s examples over %s epochs are fewer than the batch size %s;"
                  + " lower the batch size or give more data")
              .formatted(lengths.length, settings.epochs(), batch));
    }
    long counted = Math.min(whole, settings.maximumSteps());
    if (counted >= PlanSettings.UNLIMITED) {
      throw new UserInputException(
          "Invalid length of a run: "
              + whole
              + " steps; it must be below "
              + PlanSettings.UNLIMITED);
    }
    return (int) counted;
  }

  /** Number of steps of the run. */
  public int steps() {
    return steps;
  }

  /** Number of groups of every step. */
  public int groups() {
    return settings.groups();
  }

  /** Number of examples in the data. */
  public int examples() {
    return lengths.length;
  }

  /** The epoch in which a step begins. */
  public int epochOf(int step) {
    checkStep(step);
    return (int) ((long) step * settings.batchSize() / lengths.length);
  }

  /** Number of epochs in which a step begins. */
  public int epochs() {
    return epochOf(steps - 1) + 1;
  }

  /** The steps that begin in one epoch, in order; none if a step is longer than an epoch. */
  public List<PlannedStep> epoch(int epoch) {
    if (epoch < 0 || epoch >= epochs()) {
      throw new IllegalArgumentException(
          "Invalid epoch: " + epoch + "; the run has " + epochs() + " epochs");
    }
    int first = firstStepOf(epoch);
    int end = Math.min(steps, firstStepOf(epoch + 1));
    List<PlannedStep> planned = new ArrayList<>(Math.max(0, end - first));
    EpochOrders orders = new EpochOrders();
    for (int step = first; step < end; step++) {
      planned.add(planned(step, orders));
    }
    return List.copyOf(planned);
  }

  /** One step. */
  public PlannedStep step(int step) {
    checkStep(step);
    return planned(step, new EpochOrders());
  }

  /** The first step that begins in {@code epoch} or later. */
  private int firstStepOf(int epoch) {
    long begin = (long) epoch * lengths.length;
    return Math.toIntExact((begin + settings.batchSize() - 1) / settings.batchSize());
  }

  private PlannedStep planned(int step, EpochOrders orders) {
    long begin = (long) step * settings.batchSize();
    long end = Math.min(begin + settings.batchSize(), streamLength);
    int[] positions = new int[(int) (end - begin)];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = orders.at(begin + i);
    }
    return new PlannedStep(step, balancer.split(positions));
  }

  private void checkStep(int step) {
    if (step < 0 || step >= steps) {
      throw new IllegalArgumentException(
          "Invalid step: " + step + "; the run has " + steps + " steps");
    }
  }

  /** The stream, one epoch's order in memory at a time. */
  private final class EpochOrders {
    private long epoch = -1;
    private int[] order = {};

    int at(long place) {
      long wanted = place / lengths.length;
      if (wanted != epoch) {
        epoch = wanted;
        order = new SeededStream(settings.seed(), epoch).permutation(lengths.length);
      }
      return order[(int) (place % lengths.length)];
    }
  }
}
