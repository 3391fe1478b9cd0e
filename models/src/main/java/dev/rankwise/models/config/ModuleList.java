package dev.rankwise.models.config;

import java.util.ArrayList;
import java.util.List;

/** Collects modules in the order in which PyTorch would register them. */
final class ModuleList {
  private final List<ModuleShape> modules = new ArrayList<>();

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

  List<ModuleShape> modules() {
    return modules;
  }
}
