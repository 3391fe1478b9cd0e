package dev.rankwise.models.architecture;

import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModelTask;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.failure.UserInputException;

/** The networks that can be run, by the {@code model_type} of their configuration. */
public final class Networks {
  private Networks() {}

  /**
   * The network of a base.
   *
   * @throws UserInputException if what stands on top of its blocks is not computed
   */
  public static Network of(ModelConfig config) {
    ModuleTree modules = ModuleTree.of(config);
    return switch (config.modelType()) {
      case "bert", "roberta" -> BertNetwork.of(config, modules);
      case "llama", "mistral", "qwen2", "qwen3", "phi3", "gemma2" -> {
        requireNoClasses(config);
        yield LlamaNetwork.of(config, modules);
      }
      case "gpt2" -> {
        requireNoClasses(config);
        yield Gpt2Network.of(config, modules);
      }
      case "vit" -> VitNetwork.of(config, modules);
      default -> throw new InternalException("No network for model_type " + config.modelType());
    };
  }

  private static void requireNoClasses(ModelConfig config) {
    if (config.task() == ModelTask.SEQUENCE_CLASSIFICATION) {
      throw new UserInputException(
          ("Cannot run %s: a decoder of model_type \"%s\" predicts tokens here, not classes; choose"
                  + " an encoder such as bert or roberta for classes")
              .formatted(config.architecture(), config.modelType()));
    }
  }
}
