package dev.rankwise.pipeline.optimizer;

import dev.rankwise.models.failure.UserInputException;
import java.util.Objects;

/**
 * The learning rate over a run, as a factor of the rate that the user sets.
 *
 * <p>The formulas of {@code transformers.optimization}; steps count from 0, so with a warm-up the
 * first step has rate 0. {@code w} is the number of warm-up steps, {@code T} of all steps, {@code p
 * = (step − w) / max(1, T − w)}.
 *
 * @param shape how the rate runs
 * @param warmupSteps steps over which it rises in a straight line from 0
 * @param trainingSteps steps of the run
 * @param cycles waves of a cosine (0.5 is from 1 to 0) or number of restarts
 * @param power exponent of the polynomial
 * @param minimumFactor the lowest rate of the shapes that have one, as a factor
 */
public record LearningRateSchedule(
    RateShape shape,
    int warmupSteps,
    int trainingSteps,
    double cycles,
    double power,
    double minimumFactor) {
  /** Steps of one time unit of the inverse square root where no warm-up gives it. */
  private static final int INVERSE_SQUARE_ROOT_TIMESCALE = 10_000;

  public LearningRateSchedule {
    Objects.requireNonNull(shape, "shape");
    if (trainingSteps < 1) {
      throw new UserInputException(
          "Invalid number of training steps: " + trainingSteps + "; it must be at least 1");
    }
    if (warmupSteps < 0 || warmupSteps > trainingSteps) {
      throw new UserInputException(
          "Invalid number of warm-up steps: %s; it must be between 0 and the run's %s steps"
              .formatted(warmupSteps, trainingSteps));
    }
    if (!(cycles > 0) || !(power > 0) || !(minimumFactor >= 0 && minimumFactor <= 1)) {
      throw new UserInputException(
          ("Invalid learning rate schedule: %s cycles, power %s, minimum %s; cycles and power must"
                  + " be positive and the minimum between 0 and 1")
              .formatted(cycles, power, minimumFactor));
    }
  }

  /** A schedule with the defaults of transformers for everything else. */
  public static LearningRateSchedule of(RateShape shape, int warmupSteps, int trainingSteps) {
    double cycles = shape == RateShape.COSINE_WITH_RESTARTS ? 1 : 0.5;
    double minimum = shape == RateShape.POLYNOMIAL ? 1e-7 : 0;
    return new LearningRateSchedule(shape, warmupSteps, trainingSteps, cycles, 1, minimum);
  }

  /** The same schedule with another number of cosine waves or restarts. */
  public LearningRateSchedule withCycles(double cycles) {
    return new LearningRateSchedule(
        shape, warmupSteps, trainingSteps, cycles, power, minimumFactor);
  }

  /** The same schedule with another exponent. */
  public LearningRateSchedule withPower(double power) {
    return new LearningRateSchedule(
        shape, warmupSteps, trainingSteps, cycles, power, minimumFactor);
  }

  /** The same schedule with another lowest rate. */
  public LearningRateSchedule withMinimumFactor(double minimumFactor) {
    return new LearningRateSchedule(
        shape, warmupSteps, trainingSteps, cycles, power, minimumFactor);
  }

  /** What the base rate is multiplied by at {@code step}, counted from 0. */
  public double factor(int step) {
    if (shape != RateShape.CONSTANT && step < warmupSteps) {
      return (double) step / Math.max(1, warmupSteps);
    }
    return switch (shape) {
      case CONSTANT, CONSTANT_WITH_WARMUP -> 1;
      case LINEAR -> Math.max(0, (double) (trainingSteps - step) / decaySteps());
      case COSINE -> Math.max(0, cosine(2 * cycles * progress(step)));
      case COSINE_WITH_RESTARTS ->
          progress(step) >= 1 ? 0 : Math.max(0, cosine((cycles * progress(step)) % 1));
      case COSINE_WITH_MINIMUM ->
          Math.max(0, cosine(2 * cycles * progress(step)) * (1 - minimumFactor) + minimumFactor);
      case POLYNOMIAL -> polynomial(step);
      case INVERSE_SQUARE_ROOT -> inverseSquareRoot(step);
    };
  }

  /** {@code (1 + cos(π·halfWaves)) / 2}. */
  private static double cosine(double halfWaves) {
    return 0.5 * (1 + StrictMath.cos(Math.PI * halfWaves));
  }

  /** {@code (1 − minimum)·(1 − p)^power + minimum}, and the minimum after the last step. */
  private double polynomial(int step) {
    if (step > trainingSteps) {
      return minimumFactor;
    }
    double left = 1 - progress(step);
    return (1 - minimumFactor) * StrictMath.pow(left, power) + minimumFactor;
  }

  /** {@code √(s / (step − w + s))} with {@code s = w}, or 10,000 without a warm-up. */
  private double inverseSquareRoot(int step) {
    int timescale = warmupSteps == 0 ? INVERSE_SQUARE_ROOT_TIMESCALE : warmupSteps;
    return 1 / Math.sqrt((double) (step + timescale - warmupSteps) / timescale);
  }

  private double progress(int step) {
    return (double) (step - warmupSteps) / decaySteps();
  }

  private int decaySteps() {
    return Math.max(1, trainingSteps - warmupSteps);
  }
}
