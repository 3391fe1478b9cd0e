package dev.rankwise.jobs.conf;

import dev.rankwise.adapters.peft.BaseHolding;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.quantized.BaseForm;
import dev.rankwise.models.source.BaseDirectory;

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

  /**
   * How a base is held in training: one whose files are in four bits as it is, whatever is asked.
   *
   * @param tree its modules
   */
  public BaseHolding holding(BaseDirectory base, ModuleTree tree) {
    try (SafetensorsFile file = SafetensorsFile.open(base.weights())) {
      return BaseWeights.of(file, tree).isInFourBits() ? BaseHolding.usual() : holding();
    }
  }

  static BaseSection of(RecipeValues values) {
    return new BaseSection(
        values.text("base.model"),
        values.constant(BaseType.class, "base.dtype"),
        BaseForm.labelled(values.text("base.quantization"), "base.quantization"));
  }
}
