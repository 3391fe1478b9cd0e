package dev.rankwise.adapters.spec;

import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.VisionEmbedding;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;

/**
 * How a decoder sees by an adapter, if it does.
 *
 * @param asked how it sees; empty where it does not, at most one
 */
public record VisionChoice(List<VisionEmbedding> asked) implements Serializable {

  public VisionChoice {
    asked = List.copyOf(asked);
  }

  /** A decoder that reads text alone, or a base that says itself what it sees. */
  public static VisionChoice none() {
    return new VisionChoice(List.of());
  }

  /** A decoder that sees so. */
  public static VisionChoice of(VisionEmbedding embedding) {
    return new VisionChoice(List.of(embedding));
  }

  /** How it sees; empty where it does not. */
  public Optional<VisionEmbedding> embedding() {
    return asked.stream().findFirst();
  }

  /**
   * A base with what the adapter adds to it.
   *
   * @throws dev.rankwise.models.failure.UserInputException if the base cannot be made to see
   */
  public ModelConfig on(ModelConfig base) {
    return embedding().map(base::seeing).orElse(base);
  }

  /** The same without what is compared with a teacher. */
  public VisionChoice undistilled() {
    return new VisionChoice(asked.stream().map(VisionEmbedding::undistilled).toList());
  }
}
