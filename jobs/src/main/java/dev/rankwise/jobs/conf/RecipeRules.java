package dev.rankwise.jobs.conf;

import dev.rankwise.models.failure.RankwiseException;
import java.util.Map;

/** What must hold between the values of several keys, and what only the engine can tell of one. */
final class RecipeRules {
  private final RecipeValues values;
  private final Map<String, Setting> settings;
  private final Problems problems;

  RecipeRules(RecipeValues values, Map<String, Setting> settings, Problems problems) {
    this.values = values;
    this.settings = settings;
    this.problems = problems;
  }

  void check() {
    required("base.model", "name a base, such as minilm or a folder");
    required("data.source", "name the rows, such as a path, table:NAME or wordnet");
    apart("data.test-fraction", "data.test-rows", "data.train-rows", "data.evaluation-source");
    apart("data.test-rows", "data.evaluation-source");
    apart("train.warmup-fraction", "train.warmup-steps");
    // A key that does not hold has its default here, so that the engine may judge the others.
    engine(() -> DataSection.of(values).preparation(Integer.MAX_VALUE));
    if (values.has("data.source")) {
      engine(() -> DataSection.of(values).rows());
      engine(() -> DataSection.of(values).evaluationRows());
    }
    engine(() -> SequenceSection.of(values).requireColumns(values.text("data.key-column")));
    engine(() -> AdapterSection.of(values));
    engine(() -> TrainSection.of(values));
  }

  private void required(String key, String remedy) {
    if (!values.has(key) && !isGiven(key)) {
      problems.add("%s is missing; %s".formatted(key, remedy));
    }
  }

  /** The first key excludes each of the others. */
  private void apart(String key, String... others) {
    for (String other : others) {
      if (isGiven(key) && isGiven(other)) {
        problems.add(
            settings.get(other).place(),
            "%s and %s contradict each other; keep one and set the other to null"
                .formatted(key, other));
      }
    }
  }

  private boolean isGiven(String key) {
    return settings.containsKey(key) && !settings.get(key).value().isNull();
  }

  private void engine(Runnable conversion) {
    try {
      conversion.run();
    } catch (RankwiseException e) {
      problems.add(e.getMessage());
    }
  }
}
