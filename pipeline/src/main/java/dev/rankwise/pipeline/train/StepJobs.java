package dev.rankwise.pipeline.train;

import dev.rankwise.datasets.source.SparkFailures;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.InterruptedRunException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.pipeline.executor.GradientTask;
import dev.rankwise.pipeline.executor.GroupShards;
import dev.rankwise.pipeline.plan.PlannedStep;
import dev.rankwise.pipeline.reduce.GroupGradient;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * The Spark jobs of a run: one for each step, and where one fails always and the recipe allows it,
 * those that look for the examples that make it fail.
 *
 * @param spark where the executors are
 * @param run what is trained
 * @param groups groups of each step
 * @param memory what the run remembers
 * @param listener hears of examples that are left out
 */
record StepJobs(
    JavaSparkContext spark, TrainingRun run, int groups, RunMemory memory, StepListener listener) {

  /** The examples of some steps, spread over the cluster. */
  GroupShards shards(List<PlannedStep> steps) {
    return GroupShards.of(spark, run.data(), steps, groups);
  }

  /**
   * The gradients of a step's groups; none if examples were left out because they make it fail:
   * then it is to be computed again without them.
   *
   * @throws RuntimeException why the step cannot be computed, if it is not for single examples
   */
  List<GroupGradient> computed(GradientTask task, PlannedStep step, GroupShards shards) {
    List<GroupGradient> results;
    try {
      results = collected(task, step, shards);
    } catch (RuntimeException e) {
      if (mayLieInAnExample(e) && quarantines(task, step)) {
        return List.of();
      }
      throw e;
    }
    return areFinite(results) || !quarantines(task, step) ? results : List.of();
  }

  private List<GroupGradient> collected(GradientTask task, PlannedStep step, GroupShards shards) {
    try {
      return SparkFailures.running(
          "compute step " + step.index(), () -> shards.collect(task, GroupGradient.class));
    } catch (RuntimeException e) {
      run.checkpoints().stepFailed(memory.steps(), e, memory::state);
      throw e;
    }
  }

  /** A damaged file, a full disk, a wrong setting and a stop are what they say they are. */
  private static boolean mayLieInAnExample(RuntimeException failure) {
    return !(failure instanceof CorruptFileException
        || failure instanceof UserInputException
        || failure instanceof InterruptedRunException);
  }

  private boolean quarantines(GradientTask task, PlannedStep step) {
    List<Integer> taken =
        memory.quarantine().takeFrom(step, run.data().lengths(), part -> fails(task, part));
    if (!taken.isEmpty()) {
      listener.quarantined(step.index() + 1, taken);
    }
    return !taken.isEmpty();
  }

  /**
   * Whether a part of the step fails, or gives numbers that are not finite.
   *
   * @throws RuntimeException if it fails by what no example does
   */
  private boolean fails(GradientTask task, PlannedStep part) {
    try (GroupShards shards = shards(List.of(part))) {
      return !areFinite(collected(task, part, shards));
    } catch (RuntimeException e) {
      if (mayLieInAnExample(e)) {
        return true;
      }
      throw e;
    }
  }

  private static boolean areFinite(List<GroupGradient> results) {
    return results.stream().allMatch(GroupGradient::finite);
  }
}
