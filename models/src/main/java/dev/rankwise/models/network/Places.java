package dev.rankwise.models.network;

import ai.djl.ndarray.NDList;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.torch.KernelProgram;
import dev.rankwise.models.torch.TensorScope;

/** Where the tokens of a micro-batch lie, as the arrays that kernels read; made once a batch. */
interface Places {

  /**
   * The list {@code places} of a micro-batch.
   *
   * @param rows number of rows in which its tokens are computed
   */
  NDList of(TokenBatch batch, int rows, TensorScope scope);

  /** Those of a base. */
  static Places of(ModelConfig config, KernelProgram program) {
    return config
        .decoder()
        .<Places>map(decoder -> new CausalPlaces(config, decoder, program))
        .orElseGet(() -> new EncoderPlaces(config.firstPosition(), config.heads()));
  }
}
