package dev.rankwise.models.network;

import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.failure.UserInputException;
import java.util.List;

/** The networks that can be run, by the {@code model_type} of their configuration. */
final class Networks {
  private Networks() {}

  /** The segments of a base in the order of computation. */
  static List<Segment> segments(ModelConfig config) {
    return switch (config.modelType()) {
      case "bert", "roberta" -> BertNetwork.segments(config, ModuleTree.of(config));
      default ->
          throw new UserInputException(
              "Cannot run a base of model_type \"%s\" (bert and roberta run; others can be inspected"
                      .formatted(config.modelType())
                  + " and matched only); choose another base");
    };
  }
}
