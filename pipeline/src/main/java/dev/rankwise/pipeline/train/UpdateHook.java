package dev.rankwise.pipeline.train;

import dev.rankwise.models.network.GroupSum.Said;
import dev.rankwise.pipeline.checkpoint.Resumable;
import dev.rankwise.pipeline.checkpoint.Snapshot;
import dev.rankwise.pipeline.executor.ModelSource;
import java.util.List;
import java.util.Map;

/**
 * What a method does on the driver in each step of a run, and which of the run's parameters
 * executors have. One for a run; its methods are called by the training loop alone, in the order in
 * which they stand here, and do nothing unless a method needs them.
 */
public interface UpdateHook extends Resumable {

  /**
   * The model that executors compute the next step with.
   *
   * @param whole the model with all parameters of the run
   */
  default ModelSource source(ModelSource whole) {
    return whole;
  }

  /**
   * The parameters of that model.
   *
   * @param theta all parameters of the run; returned as they are where executors have all of them
   */
  default float[] handedOut(float[] theta) {
    return theta;
  }

  /**
   * The gradient of the whole objective, before it is clipped: what examples gave, and terms that
   * do not come from examples.
   *
   * @param theta all parameters
   * @param gradient gradient of those that were handed out; may be changed, and returned
   * @return gradient of all parameters
   */
  default float[] completed(float[] theta, float[] gradient) {
    return gradient;
  }

  /** The optimizer is about to use the gradient, not clipped yet. */
  default void updating(int step, float[] theta, float[] gradient) {}

  /** The optimizer has used the gradient, clipped where it had to be. */
  default void updated(int step, float[] theta, float[] gradient) {}

  /**
   * A step has ended, whether its gradient was used or not.
   *
   * @param step its number, from 0
   * @param theta all parameters, which may be changed
   */
  default void ended(int step, float[] theta) {}

  /** Nothing, unless it remembers more than the parameters do. */
  @Override
  default Snapshot state() {
    return Snapshot.empty();
  }

  @Override
  default void restore(Snapshot state) {}

  /**
   * What it says of the step that ended last, by the name that it has in {@code metrics.jsonl}.
   *
   * @param said what products said beside their results in that step, by micro-batch
   */
  default Map<String, Double> figures(List<Said> said) {
    return Map.of();
  }

  /** One that does nothing. */
  static UpdateHook none() {
    return new UpdateHook() {};
  }
}
