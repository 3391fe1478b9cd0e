package dev.rankwise.adapters.plan;

import dev.rankwise.adapters.spec.TensorStream;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.SafetensorsWriter.Outline;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.network.TrainableTensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The weights of a base that nobody has trained, as transformers would make them: see {@link
 * InitialParameters}.
 */
public final class RandomBase {
  private RandomBase() {}

  /**
   * Writes the weights, one after the other, in float32.
   *
   * @param seed where the numbers come from; each tensor's depend on it and on the full name alone
   */
  public static void write(Path file, ModelConfig config, long seed) {
    ModuleTree tree = ModuleTree.of(config);
    List<Outline> outlines = new ArrayList<>();
    Map<String, String> paths = new LinkedHashMap<>();
    tree.tensors()
        .forEach(
            (name, shape) -> {
              outlines.add(new Outline(tree.nameInFiles(name), ElementType.F32, shape));
              paths.put(tree.nameInFiles(name), name);
            });
    SafetensorsWriter.write(
        file,
        Map.of("format", "pt"),
        outlines,
        name -> tensor(tree, paths.get(name), seed).bytes());
  }

  private static StoredTensor tensor(ModuleTree tree, String name, long seed) {
    List<Long> shape = tree.tensors().get(name);
    int dot = name.lastIndexOf('.');
    TrainableTensor tensor =
        new TrainableTensor(
            name.substring(0, dot),
            name.substring(dot + 1),
            shape.stream().map(Math::toIntExact).toList());
    float[] values = InitialParameters.fresh(tree, tensor, new TensorStream(seed, name));
    return StoredTensor.ofFloats(name, shape, values);
  }
}
