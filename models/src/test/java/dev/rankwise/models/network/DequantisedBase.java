package dev.rankwise.models.network;

import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.quantized.BaseForm;
import dev.rankwise.models.source.BaseDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Dense bases that hold what is left of a base's numbers in four bits. */
public final class DequantisedBase {
  private DequantisedBase() {}

  /** Writes a dense base with the numbers that a base has in a form. */
  public static BaseDirectory write(
      BaseDirectory base, ModelConfig config, BaseForm form, ElementType source, Path folder)
      throws IOException {
    Path target = Files.createTempDirectory(folder, "dense");
    Files.copy(base.config(), target.resolve("config.json"));
    List<StoredTensor> tensors = new ArrayList<>();
    try (SafetensorsFile file = SafetensorsFile.open(base.weights())) {
      BaseWeights weights = BaseWeights.of(file, ModuleTree.of(config)).in(form, source);
      weights
          .present()
          .forEach(
              (name, spec) ->
                  tensors.add(StoredTensor.ofFloats(name, spec.shape(), weights.floats(name))));
    }
    return directory(target, tensors);
  }

  static BaseDirectory directory(Path target, List<StoredTensor> tensors) {
    Path file = target.resolve("model.safetensors");
    SafetensorsWriter.write(file, Map.of("format", "pt"), tensors);
    return new BaseDirectory(target, Sha256.ofFile(file));
  }
}
