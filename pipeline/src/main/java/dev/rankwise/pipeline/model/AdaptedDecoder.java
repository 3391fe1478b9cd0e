package dev.rankwise.pipeline.model;

import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModelTask;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.source.BaseReference;

/**
 * A frozen causal decoder with an adapter. Its labels are tokens, and so are the denominators of
 * its loss.
 *
 * @param base the base, which must end in an output embedding
 * @param adapter what is trained beside the base
 * @param settings element types and threads
 * @param numerics the bits that fixed kernels must give where the model is opened
 */
public record AdaptedDecoder(
    BaseReference base, AdapterSpec adapter, ReplicaSettings settings, RequiredBits numerics)
    implements AdaptedModel {

  /** One that is applied, whatever the bits of the processor that opens it. */
  public AdaptedDecoder(BaseReference base, AdapterSpec adapter, ReplicaSettings settings) {
    this(base, adapter, settings, RequiredBits.any());
  }

  @Override
  public AdaptedDecoder withAdapter(AdapterSpec newAdapter) {
    return new AdaptedDecoder(base, newAdapter, settings, numerics);
  }

  @Override
  public ModelConfig configured(ModelConfig base) {
    return requireDecoder(base);
  }

  /**
   * A configuration, if it is one of a causal decoder.
   *
   * @throws UserInputException if it has no output embedding
   */
  public static ModelConfig requireDecoder(ModelConfig config) {
    if (config.task() != ModelTask.CAUSAL_LANGUAGE_MODEL) {
      throw new UserInputException(
          "Cannot predict tokens with a base of architecture %s: it has no output embedding; choose one"
                  .formatted(config.architecture())
              + " such as LlamaForCausalLM");
    }
    return config;
  }
}
