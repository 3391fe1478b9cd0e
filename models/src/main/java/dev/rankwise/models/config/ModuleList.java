package dev.rankwise.models.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Collects modules in the order in which PyTorch would register them. */
final class ModuleList {
  private final List<ModuleShape> modules = new ArrayList<>();
  private final Map<String, Map<String, List<Long>>> parameters = new LinkedHashMap<>();

  /** Modules that hold others, or have no weights: dropouts, activation functions. */
  void containers(String... paths) {
    for (String path : paths) {
      modules.add(new ModuleShape(path, ModuleKind.CONTAINER, 0, 0, false));
    }
  }

  void biasedLinear(String path, int in, int out) {
    linear(path, in, out, true);
  }

  void linear(String path, int in, int out, boolean bias) {
    modules.add(new ModuleShape(path, ModuleKind.LINEAR, in, out, bias));
  }

  void conv1d(String path, int in, int out) {
    modules.add(new ModuleShape(path, ModuleKind.CONV1D, in, out, true));
  }

  void embedding(String path, int entries, int size) {
    modules.add(new ModuleShape(path, ModuleKind.EMBEDDING, entries, size, false));
  }

  /** A norm with weight and bias. */
  void layerNorm(String path, int width) {
    modules.add(new ModuleShape(path, ModuleKind.NORM, 0, width, true));
  }

  /** A norm with a weight only. */
  void rootMeanSquareNorm(String path, int width) {
    modules.add(new ModuleShape(path, ModuleKind.NORM, 0, width, false));
  }

  /** A convolution whose windows are the patches of a picture. */
  void patchConvolution(String path, ImageShape images, int out) {
    List<Integer> window = List.of(images.channels(), images.patch(), images.patch());
    modules.add(
        new ModuleShape(path, ModuleKind.CONV2D, images.numbersPerPatch(), out, true, window));
  }

  /** A tensor that lies at a container itself. */
  void parameter(String path, String name, long... shape) {
    List<Long> sizes = Arrays.stream(shape).boxed().toList();
    parameters.computeIfAbsent(path, key -> new LinkedHashMap<>()).put(name, sizes);
  }

  /** Tensors of containers: path, name, shape. */
  Map<String, Map<String, List<Long>>> parameters() {
    return parameters;
  }

  List<ModuleShape> modules() {
    return modules;
  }
}
