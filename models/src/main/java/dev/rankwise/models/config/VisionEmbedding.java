package dev.rankwise.models.config;

import java.io.Serializable;

/**
 * What lets a decoder see: a picture's patches become vectors, get positions on the picture's grid,
 * and are projected to the width of hidden states, where they stand among the tokens.
 *
 * <p>Source: VoRA (arXiv 2503.20680), section 3.
 *
 * @param images how a picture is cut, and its size where positions need no resizing
 * @param width numbers of a patch's vector before the projection; a teacher's features are as wide
 * @param normEpsilon ε of the norm of these vectors
 * @param distilled blocks, from the first on, whose inputs are compared with a teacher's features
 *     in training, each through a head of its own; 0 where none are, as ever after training
 * @param attention what the patches of a picture attend to
 * @param placeholder id that stands for a patch among token ids; below 0
 */
public record VisionEmbedding(
    ImageShape images,
    int width,
    double normEpsilon,
    int distilled,
    Attention attention,
    int placeholder)
    implements Serializable {
  /** The placeholder of VoRA's own code. */
  public static final int USUAL_PLACEHOLDER = -200;

  /** What a patch attends to within its own picture; before it, to all. */
  public enum Attention {
    /** All patches of the picture. */
    BIDIRECTIONAL,
    /** Itself and the patches before it, as text does. */
    CAUSAL
  }

  /** The same without heads. */
  public VisionEmbedding undistilled() {
    return new VisionEmbedding(images, width, normEpsilon, 0, attention, placeholder);
  }
}
