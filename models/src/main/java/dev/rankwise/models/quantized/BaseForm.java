package dev.rankwise.models.quantized;

import dev.rankwise.models.failure.InternalException;
import java.io.Serializable;

/** How the weights of a frozen base's linear modules are held. */
public sealed interface BaseForm extends Serializable {

  /** As the other tensors are: no number is stored in fewer bits. */
  BaseForm DENSE = new Dense();

  /** As the other tensors are. */
  record Dense() implements BaseForm {}

  /**
   * In four bits.
   *
   * @param code what four bits stand for
   * @param blockSize how many numbers share a scale: a power of two from 32 to 4096
   * @param scaling how the scales are held
   */
  record FourBit(FourBitCode code, int blockSize, BlockScaling scaling) implements BaseForm {

    /** The usual size of blocks. */
    public static final int USUAL_BLOCK = 64;

    public FourBit {
      if (!isBlockSize(blockSize)) {
        throw new InternalException("No block size: " + blockSize);
      }
    }

    /** Whether blocks may have that size. */
    public static boolean isBlockSize(int size) {
      return size >= 32 && size <= 4096 && Integer.bitCount(size) == 1;
    }
  }

  /** How the scales of blocks are held. */
  enum BlockScaling {
    /** As float32 each: 4.5 bits a number in blocks of 64. */
    SINGLE,
    /**
     * In eight bits, in blocks of 256 with a float32 scale each: 4.127 bits a number in blocks of
     * 64. Source: QLoRA (arXiv 2305.14314), section 3, double quantisation.
     */
    DOUBLE
  }
}
