package dev.rankwise.pipeline.model;

import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModelTask;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.source.BaseReference;
import dev.rankwise.pipeline.executor.ModelSource;
import dev.rankwise.pipeline.executor.ResidentModel;
import java.nio.charset.StandardCharsets;

/**
 * A frozen causal decoder with an adapter, as it travels to executors: names and numbers only. Its
 * labels are tokens, and so are the denominators of its loss.
 *
 * @param base the base, which must end in an output embedding
 * @param adapter what is trained beside the base
 * @param settings element types and threads
 * @param numerics the bits that fixed kernels must give where the model is opened; empty for any
 */
public record AdaptedDecoder(
    BaseReference base, AdapterSpec adapter, ReplicaSettings settings, String numerics)
    implements ModelSource {

  @Override
  public String key() {
    return Sha256.ofBytes(toString().getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public ResidentModel open() {
    return ReplicaModel.open(base, AdaptedDecoder::checked, adapter, settings, numerics);
  }

  private static ModelConfig checked(ModelConfig config) {
    if (config.task() != ModelTask.CAUSAL_LANGUAGE_MODEL) {
      throw new UserInputException(
          "Cannot predict tokens with a base of architecture %s: it has no output embedding; choose one"
                  .formatted(config.architecture())
              + " such as LlamaForCausalLM");
    }
    return config;
  }
}
