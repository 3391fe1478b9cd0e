package dev.rankwise.models.quantized;

import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.text.PrintableText;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/** How the weights of a frozen base's linear modules are held. */
public sealed interface BaseForm extends Serializable {

  /** As the other tensors are: no number is stored in fewer bits. */
  BaseForm DENSE = new Dense();

  /**
   * What recipes and options call it: {@code none}; {@code nf4} or {@code fp4} in blocks of 64 with
   * quantised scales; with {@code -128} in blocks of that size, with {@code -single} without
   * quantising the scales.
   */
  String label();

  /** All forms that recipes and options name. */
  static List<BaseForm> all() {
    List<BaseForm> forms = new ArrayList<>();
    forms.add(DENSE);
    for (BlockScaling scaling : List.of(BlockScaling.DOUBLE, BlockScaling.SINGLE)) {
      for (int size : new int[] {FourBit.USUAL_BLOCK, 2 * FourBit.USUAL_BLOCK}) {
        for (FourBitCode code : FourBitCode.values()) {
          forms.add(new FourBit(code, size, scaling));
        }
      }
    }
    return forms;
  }

  /** The labels of all forms. */
  static List<String> labels() {
    return all().stream().map(BaseForm::label).toList();
  }

  /**
   * The form of that label.
   *
   * @param key what the label was given for, for the message
   * @throws UserInputException if there is none
   */
  static BaseForm labelled(String label, String key) {
    return all().stream()
        .filter(form -> form.label().equals(label))
        .findFirst()
        .orElseThrow(
            () ->
                new UserInputException(
                    "Invalid %s: \"%s\" (must be one of %s); set one of these"
                        .formatted(key, PrintableText.of(label), String.join(", ", labels()))));
  }

  /** As the other tensors are. */
  record Dense() implements BaseForm {

    @Override
    public String label() {
      return "none";
    }
  }

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

    @Override
    public String label() {
      return code.lowerCaseName()
          + (blockSize == USUAL_BLOCK ? "" : "-" + blockSize)
          + (scaling == BlockScaling.DOUBLE ? "" : "-single");
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
