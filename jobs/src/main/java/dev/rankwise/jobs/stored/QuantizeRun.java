package dev.rankwise.jobs.stored;

import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.jobs.session.FreePlace;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.StagedDirectory;
import dev.rankwise.models.format.TensorSpec;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.quantized.BaseForm;
import dev.rankwise.models.quantized.FourBitLayout;
import dev.rankwise.models.source.BaseDirectory;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Writes a base with its linear weights in four bits, and says how far it computes something else.
 * Needs no Spark job.
 *
 * @param base name of the base
 * @param form code, blocks and scales
 * @param context where to tell
 */
public record QuantizeRun(String base, BaseForm form, RunContext context) {

  /**
   * Quantises.
   *
   * @param to the folder that is made; it must not exist
   * @param type element type that weights are rounded to before, and that of the others; empty to
   *     keep the base's
   * @param shardBytes most bytes of weights in one file
   */
  public void write(Path to, Optional<ElementType> type, long shardBytes) {
    FreePlace.require(to);
    if (form.equals(BaseForm.DENSE)) {
      throw new UserInputException(
          "Cannot quantise to \"%s\": that is the base as it is; name a form of four bits, such as nf4"
              .formatted(form.label()));
    }
    BaseDirectory directory = SparkBases.source().resolve(base);
    ModelConfig config = ModelConfig.read(directory.config());
    ModuleTree tree = ModuleTree.of(config);
    try (SafetensorsFile file = SafetensorsFile.open(directory.weights());
        StagedDirectory staged = StagedDirectory.beside(to)) {
      BaseWeights held = BaseWeights.of(file, tree);
      if (held.isInFourBits()) {
        throw new UserInputException(
            "Cannot quantise base %s: it is stored in four bits already; name the base it was made of"
                .formatted(base));
      }
      ElementType source = type.orElseGet(() -> sourceOf(held));
      QuantizedBase quantized = new QuantizedBase(held.in(form, source), tree, directory);
      quantized.write(staged.path(), type, shardBytes);
      tellSizes(quantized.layouts(), source);
      tellDifference(directory, staged.path());
      staged.commit();
    }
    context.say("Quantised  " + to);
  }

  /** The type of the first weight that is put into four bits. */
  private ElementType sourceOf(BaseWeights held) {
    BaseWeights asked = held.in(form, ElementType.F32);
    for (Map.Entry<String, TensorSpec> weight : held.present().entrySet()) {
      if (asked.layout(weight.getKey()).isPresent()) {
        return weight.getValue().type();
      }
    }
    throw new UserInputException(
        "Cannot quantise base %s: it has no linear weights; tune it as it is".formatted(base));
  }

  private void tellSizes(List<FourBitLayout> layouts, ElementType source) {
    long numbers = layouts.stream().mapToLong(FourBitLayout::size).sum();
    long bytes = layouts.stream().mapToLong(FourBitLayout::heldBytes).sum();
    context.say(
        String.format(
            Locale.ROOT,
            "Weights    %,d of linear modules in %s: %.3f bytes a number, %.1f MB where %s takes %.1f",
            layouts.size(),
            form.label(),
            (double) bytes / numbers,
            bytes / 1e6,
            source.torchName(),
            numbers * source.bytes() / 1e6));
  }

  private void tellDifference(BaseDirectory directory, Path written) {
    ModelConfig before = ModelConfig.read(directory.config());
    ModelConfig after = ModelConfig.read(written.resolve("config.json"));
    context.say(
        "Outputs    of the base before and after "
            + LogitsProbe.difference(
                LogitsProbe.outputs(directory, before, LogitsProbe.settings(BaseType.FLOAT32)),
                LogitsProbe.outputsOfStaged(written, after, BaseType.FLOAT32)));
  }
}
