package dev.rankwise.jobs.run;

import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.session.RunSession;
import dev.rankwise.pipeline.evaluate.Evaluation;
import dev.rankwise.pipeline.evaluate.Evaluator;
import dev.rankwise.pipeline.executor.ExampleSet;
import dev.rankwise.pipeline.model.AdaptedClassifier;
import dev.rankwise.pipeline.tune.TunedModel;

/**
 * Measures tuned models on the held-out rows.
 *
 * @param session the running session
 * @param recipe says in which portions
 * @param rows the held-out rows, read and compared with their hash once for all models
 */
record EvaluationStage(RunSession session, Recipe recipe, ExampleSet rows) {

  /** The model as it was tuned. */
  Evaluation tuned(TunedModel model) {
    return measured(model, "", model.adapter().values());
  }

  /** The model as it was before its first step. */
  Evaluation untuned(TunedModel model) {
    return measured(model, ":untuned", model.initial());
  }

  private Evaluation measured(TunedModel model, String state, float[] theta) {
    Evaluator evaluator =
        new Evaluator(
            session.context(),
            recipe.train().settings().plan().groups(),
            recipe.evaluate().microBatchTokens());
    String name =
        model.fingerprint().sha256()
            + ":held-out:"
            + model.adapter().plan().spec().method()
            + state;
    return model.source() instanceof AdaptedClassifier classifier
        ? evaluator.classes(name, classifier, classifier.labels(), rows, theta)
        : evaluator.targets(name, model.source(), rows, theta);
  }
}
