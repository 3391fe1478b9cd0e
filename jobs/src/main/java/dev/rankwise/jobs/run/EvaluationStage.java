package dev.rankwise.jobs.run;

import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.session.RunSession;
import dev.rankwise.models.generation.GenerationSettings;
import dev.rankwise.pipeline.evaluate.Evaluation;
import dev.rankwise.pipeline.evaluate.Evaluator;
import dev.rankwise.pipeline.executor.ExampleSet;
import dev.rankwise.pipeline.executor.TokenExample;
import dev.rankwise.pipeline.model.AdaptedClassifier;
import dev.rankwise.pipeline.model.AdaptedModel;
import dev.rankwise.pipeline.train.BestLoss;
import dev.rankwise.pipeline.train.HeldOutLoss;
import dev.rankwise.pipeline.tune.AdapterTuning;
import dev.rankwise.pipeline.tune.TunedModel;
import java.util.List;
import java.util.function.Consumer;

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

  /** The base alone. */
  Evaluation untuned(TunedModel model) {
    return measured(model, ":untuned", model.bare());
  }

  /** The model as it was before its first step: above another adapter, the base with that. */
  Evaluation begun(TunedModel model) {
    return measured(model, ":begun", model.initial());
  }

  /** Chooses by the loss on the held-out rows, as the recipe says. */
  AdapterTuning.Selector selector(Consumer<HeldOutLoss> listener) {
    return (source, fingerprint) ->
        new BestLoss(
            recipe.evaluate().everySteps().orElseThrow(),
            recipe.evaluate().patience(),
            (step, theta) -> {
              String name = fingerprint.sha256() + ":held-out:step" + step;
              double loss = measured(source, name, theta).metrics().meanLoss();
              listener.accept(new HeldOutLoss(step, loss));
              return loss;
            });
  }

  /**
   * What a decoder goes on with.
   *
   * @param state names the parameters among those of the model
   * @param prompts tokens and pictures of each, and its task as the model's routers need it
   */
  List<String> continuations(
      TunedModel model,
      String state,
      float[] theta,
      List<TokenExample> prompts,
      GenerationSettings settings) {
    return evaluator().continuations(name(model, state), model.source(), prompts, settings, theta);
  }

  private Evaluation measured(TunedModel model, String state, float[] theta) {
    return measured(model.source(), name(model, state), theta);
  }

  private static String name(TunedModel model, String state) {
    return model.fingerprint().sha256()
        + ":held-out:"
        + model.adapter().plan().spec().method()
        + state;
  }

  private Evaluator evaluator() {
    return new Evaluator(
        session.context(),
        recipe.train().settings().plan().groups(),
        recipe.evaluate().microBatchTokens());
  }

  private Evaluation measured(AdaptedModel source, String name, float[] theta) {
    Evaluator evaluator = evaluator();
    return source instanceof AdaptedClassifier classifier
        ? evaluator.classes(name, classifier, classifier.labels(), rows, theta)
        : evaluator.targets(name, source, rows, theta);
  }
}
