package dev.rankwise.pipeline.train;

import dev.rankwise.pipeline.checkpoint.Resumable;
import dev.rankwise.pipeline.checkpoint.Snapshot;
import dev.rankwise.pipeline.executor.ModelSource;

/**
 * What a method does on the driver in each step of a run, and which of the run's parameters
 * executors have. One for a run; its methods are called by the training loop alone, in the order in
 * which they stand here.
 */
public interface UpdateHook extends Resumable {

  /**
   * The model that executors compute the next step with.
   *
   * @param whole the model with all parameters of the run
   */
  ModelSource source(ModelSource whole);

  /**
   * The parameters of that model.
   *
   * @param theta all parameters of the run; returned as they are where executors have all of them
   */
  float[] handedOut(float[] theta);

  /**
   * The gradient of the whole objective, before it is clipped: what examples gave, and terms that
   * do not come from examples.
   *
   * @param theta all parameters
   * @param gradient gradient of those that were handed out; may be changed, and returned
   * @return gradient of all parameters
   */
  float[] completed(float[] theta, float[] gradient);

  /** The optimizer is about to use the gradient, not clipped yet. */
  void updating(int step, float[] theta, float[] gradient);

  /** The optimizer has used the gradient, clipped where it had to be. */
  void updated(int step, float[] theta, float[] gradient);

  /**
   * A step has ended, whether its gradient was used or not.
   *
   * @param step its number, from 0
   * @param theta all parameters, which may be changed
   */
  void ended(int step, float[] theta);

  /** One that does nothing. */
  static UpdateHook none() {
    return new UpdateHook() {
      @Override
      public ModelSource source(ModelSource whole) {
        return whole;
      }

      @Override
      public float[] handedOut(float[] theta) {
        return theta;
      }

      @Override
      public float[] completed(float[] theta, float[] gradient) {
        return gradient;
      }

      @Override
      public void updating(int step, float[] theta, float[] gradient) {
        // Nothing to see.
      }

      @Override
      public void updated(int step, float[] theta, float[] gradient) {
        // Nothing to see.
      }

      @Override
      public void ended(int step, float[] theta) {
        // Nothing to change.
      }

      @Override
      public Snapshot state() {
        return Snapshot.empty();
      }

      @Override
      public void restore(Snapshot state) {
        // Nothing was remembered.
      }
    };
  }
}
