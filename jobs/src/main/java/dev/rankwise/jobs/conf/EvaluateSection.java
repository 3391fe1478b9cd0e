package dev.rankwise.jobs.conf;

import dev.rankwise.datasets.shard.ExampleKind;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.pipeline.guard.Safeguards;
import dev.rankwise.pipeline.train.TrainingSettings;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What is measured on the held-out rows. Driver only.
 *
 * @param frozenBase whether the frozen base with only a trained head is measured as well
 * @param frozenBaseLearningRate learning rate of that head
 * @param microBatchTokens most tokens of one forward pass
 * @param everySteps steps between two measurements on the way; empty for none
 * @param patience how many measurements in a row may be no better until a run ends
 * @param gates what a night's adapter must reach to be registered
 */
public record EvaluateSection(
    boolean frozenBase,
    double frozenBaseLearningRate,
    int microBatchTokens,
    OptionalInt everySteps,
    OptionalInt patience,
    List<Gate> gates) {

  public EvaluateSection {
    gates = List.copyOf(gates);
  }

  /**
   * What a figure on the held-out rows must be.
   *
   * @param figure its name in {@code evaluation.json}, after the name of a task where it is one's
   * @param atLeast lowest value; empty for none
   * @param atMost highest value; empty for none
   * @param notWorseThanLast by how much it may be worse than the last promoted adapter's, at least
   *     0; empty if it is not compared
   */
  public record Gate(
      String figure,
      OptionalDouble atLeast,
      OptionalDouble atMost,
      OptionalDouble notWorseThanLast) {
    /** Between the name of a task and that of its figure. */
    public static final String OF_TASK = "/";

    private static final String KEY = "evaluate.gates";
    private static final String AT_LEAST = "at-least";
    private static final String AT_MOST = "at-most";
    private static final String NOT_WORSE = "not-worse-than-last";
    private static final List<String> LIMITS = List.of(AT_LEAST, AT_MOST, NOT_WORSE);
    private static final List<String> OF_CLASSIFIERS =
        List.of("accuracy", "accuracy_low", "macro_f1", "mean_loss");
    private static final List<String> OF_DECODERS =
        List.of("perplexity", "mean_loss", "token_accuracy", "exact_match");
    private static final Set<String> BETTER_LOW = Set.of("mean_loss", "perplexity");

    static RecipeKey key() {
      return RecipeKey.of(
              KEY,
              KeyType.limitsByName(),
              "what figures of `evaluation.json` must be for `nightly` to register an adapter:"
                  + " `at-least`, `at-most`, and `not-worse-than-last`, by how much it may be worse"
                  + " than the promoted one on the same rows")
          .byDefault(Map.of());
    }

    static List<Gate> of(RecipeValues values) {
      List<Gate> gates = new ArrayList<>();
      values
          .settingsByName(KEY)
          .forEach(
              (figure, limits) ->
                  gates.add(
                      new Gate(
                          figure,
                          limit(limits, AT_LEAST),
                          limit(limits, AT_MOST),
                          limit(limits, NOT_WORSE))));
      return gates;
    }

    private static OptionalDouble limit(Map<String, Object> limits, String name) {
      return limits.get(name) instanceof Double number
          ? OptionalDouble.of(number)
          : OptionalDouble.empty();
    }

    /** All that is wrong with the gates of a recipe. */
    static List<String> problems(RecipeValues values) {
      List<String> problems = new ArrayList<>();
      values
          .settingsByName(KEY)
          .forEach((figure, limits) -> problems.addAll(problems(figure, limits)));
      return problems;
    }

    private static List<String> problems(String figure, Map<String, Object> limits) {
      String shown = "%s, figure \"%s\": ".formatted(KEY, Redaction.shown(figure));
      List<String> problems = new ArrayList<>();
      List<String> known = new ArrayList<>(new LinkedHashSet<>(figures()));
      if (!known.contains(name(figure))) {
        problems.add(
            "%sno evaluation has it; name one of %s, of a task as TASK%sFIGURE"
                .formatted(shown, String.join(", ", known), OF_TASK));
      }
      for (String limit : limits.keySet()) {
        if (!LIMITS.contains(limit)) {
          problems.add(
              "%sunknown limit \"%s\"; name some of %s"
                  .formatted(shown, Redaction.shown(limit), String.join(", ", LIMITS)));
        }
      }
      double least = limit(limits, AT_LEAST).orElse(Double.NEGATIVE_INFINITY);
      double most = limit(limits, AT_MOST).orElse(Double.POSITIVE_INFINITY);
      if (limits.isEmpty()) {
        problems.add(shown + "it has no limit; name some of " + String.join(", ", LIMITS));
      }
      if (least > most) {
        problems.add(
            "%s%s %s is above %s %s, so no adapter passes; give a lower one"
                .formatted(shown, AT_LEAST, least, AT_MOST, most));
      }
      if (limit(limits, NOT_WORSE).orElse(0) < 0) {
        problems.add(
            "%s%s is %s (must be at least 0); a better one is asked for by %s or %s"
                .formatted(
                    shown, NOT_WORSE, limit(limits, NOT_WORSE).getAsDouble(), AT_LEAST, AT_MOST));
      }
      return problems;
    }

    private static List<String> figures() {
      return Stream.concat(OF_CLASSIFIERS.stream(), OF_DECODERS.stream()).toList();
    }

    private static String name(String figure) {
      return figure.substring(figure.lastIndexOf(OF_TASK) + 1);
    }

    /** The task whose figure it is; empty if it is one of all rows. */
    public Optional<String> task() {
      int end = figure.lastIndexOf(OF_TASK);
      return end < 0 ? Optional.empty() : Optional.of(figure.substring(0, end));
    }

    /** The figure's own name. */
    public String name() {
      return name(figure);
    }

    /** Whether a lower value of it is the better one. */
    public boolean betterLow() {
      return BETTER_LOW.contains(name());
    }

    /** The figures that models have which learn from such examples. */
    public static List<String> figuresOf(ExampleKind kind) {
      return switch (kind) {
        case LABELLED -> OF_CLASSIFIERS;
        case SEQUENCES -> OF_DECODERS;
      };
    }
  }

  static EvaluateSection of(RecipeValues values) {
    return new EvaluateSection(
        values.truth("evaluate.frozen-base"),
        values.number("evaluate.frozen-base-learning-rate"),
        values.whole("evaluate.micro-batch-tokens"),
        values.optionalWhole("evaluate.every-steps"),
        values.optionalWhole("evaluate.patience"),
        Gate.of(values));
  }

  /** How the head of the frozen base is trained: as the adapter, at its own learning rate. */
  public TrainingSettings frozenBaseSettings(TrainSection train) {
    TrainingSettings adapter = train.settings();
    return new TrainingSettings(
        adapter.plan(),
        frozenBaseLearningRate,
        adapter.shape(),
        adapter.warmUp(),
        adapter.optimizer(),
        adapter.clip(),
        adapter.policy(),
        new Safeguards(Double.POSITIVE_INFINITY, adapter.safeguards().mostQuarantined()));
  }
}
