package dev.rankwise.adapters.peft;

import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.quantized.BaseForm;
import dev.rankwise.models.text.PrintableText;
import java.io.Serializable;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * How a frozen base was held while something was trained beside it. Four bits stand for other
 * weights than the base's own, and for others again by the type that was rounded to first, so
 * whoever computes with what was trained has to know both.
 *
 * @param form how the weights of linear modules are held
 * @param type element type of the base and its products
 */
public record BaseHolding(BaseForm form, BaseType type) implements Serializable {

  /** As the base's files have it, computed in float32: what holds where nothing is said. */
  public static BaseHolding usual() {
    return new BaseHolding(BaseForm.DENSE, BaseType.FLOAT32);
  }

  /**
   * The element type where nothing is said of it: weights in four bits are multiplied in {@link
   * BaseType#BFLOAT16}, as whoever asks for them is short of memory (QLoRA paper, section 3);
   * others in {@link BaseType#FLOAT32}.
   */
  public static BaseType usualType(BaseForm form) {
    return form.equals(BaseForm.DENSE) ? BaseType.FLOAT32 : BaseType.BFLOAT16;
  }

  /**
   * By the names of both.
   *
   * @param form as {@link BaseForm#label}
   * @param type {@code float32} or {@code bfloat16}
   * @param where what says so, for the message
   * @throws UserInputException if there is no such form or type
   */
  public static BaseHolding named(String form, String type, String where) {
    BaseType found =
        Arrays.stream(BaseType.values())
            .filter(it -> it.stored().torchName().equals(type))
            .findFirst()
            .orElseThrow(
                () ->
                    new UserInputException(
                        "Invalid element type of the base in %s: \"%s\" (must be one of %s); take a whole file"
                            .formatted(
                                where,
                                PrintableText.of(type),
                                Arrays.stream(BaseType.values())
                                    .map(it -> it.stored().torchName())
                                    .collect(Collectors.joining(", ")))));
    return new BaseHolding(BaseForm.labelled(form, "form of the base in " + where), found);
  }

  /** Whether linear weights stand for others than the base's own. */
  public boolean isInFourBits() {
    return !form.equals(BaseForm.DENSE);
  }

  /** This where weights are in four bits; else the usual, whatever the type of products was. */
  public BaseHolding unlessAsItIs() {
    return isInFourBits() ? this : usual();
  }

  /** Name of the element type. */
  public String typeName() {
    return type.stored().torchName();
  }

  /** Such as {@code nf4 of bfloat16}; the type alone where no weight is in four bits. */
  public String text() {
    return isInFourBits() ? form.label() + " of " + typeName() : typeName();
  }
}
