package dev.rankwise.pipeline.model;

import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.source.BaseReference;
import dev.rankwise.pipeline.executor.ModelSource;
import dev.rankwise.pipeline.executor.ResidentModel;
import java.nio.charset.StandardCharsets;

/**
 * A frozen base with an adapter, as it travels to executors: names and numbers only. Each executor
 * finds the base's files on its own host and checks their hash.
 */
public sealed interface AdaptedModel extends ModelSource
    permits AdaptedClassifier, AdaptedDecoder, TaughtDecoder {

  /** The base. */
  BaseReference base();

  /** What is trained beside it. */
  AdapterSpec adapter();

  /** The same base with something else trained beside it. */
  AdaptedModel withAdapter(AdapterSpec newAdapter);

  /** Element types and threads. */
  ReplicaSettings settings();

  /** The bits that fixed kernels must give where the model is opened. */
  RequiredBits numerics();

  /**
   * The model's configuration.
   *
   * @param base the configuration of the base as it lies on disk
   * @throws dev.rankwise.models.failure.UserInputException if such a base cannot do the task
   */
  ModelConfig configured(ModelConfig base);

  @Override
  default String key() {
    return Sha256.ofBytes(toString().getBytes(StandardCharsets.UTF_8));
  }

  @Override
  default ResidentModel open() {
    return ReplicaModel.open(this);
  }
}
