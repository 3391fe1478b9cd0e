package dev.rankwise.jobs.conf;

import dev.rankwise.adapters.peft.BaseHolding;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.quantized.BaseForm;

/**
 * The frozen model. Driver only.
 *
 * @param model its name, path or URI, as {@code BaseSource} resolves it
 * @param dtype element type in which it is held and multiplied
 * @param quantization how the weights of its linear modules are held
 */
public record BaseSection(String model, BaseType dtype, BaseForm quantization) {

  /** The element type as a recipe spells it. */
  public String dtypeName() {
    return Words.of(dtype);
  }

  /** How it is held in training. */
  public BaseHolding holding() {
    return new BaseHolding(quantization, dtype);
  }

  static BaseSection of(RecipeValues values) {
    return new BaseSection(
        values.text("base.model"),
        values.constant(BaseType.class, "base.dtype"),
        BaseForm.labelled(values.text("base.quantization"), "base.quantization"));
  }
}
