package dev.rankwise.models.config;

import java.util.ArrayList;
import java.util.List;

/**
 * One module of a base: where it lies and how large it is.
 *
 * @param path full module path as PEFT sees it, for example {@code
 *     bert.encoder.layer.0.attention.self.query}
 * @param kind what it computes
 * @param inFeatures how many numbers one output reads (for an embedding: entries); 0 for norms and
 *     containers
 * @param outFeatures size of its output (for an embedding: vector size; for a norm: its width)
 * @param bias whether it has a bias vector of {@code outFeatures}
 * @param window what one output of a convolution reads, (channels, height, width), {@code
 *     inFeatures} numbers; empty for all else
 */
public record ModuleShape(
    String path,
    ModuleKind kind,
    int inFeatures,
    int outFeatures,
    boolean bias,
    List<Integer> window) {

  public ModuleShape {
    window = List.copyOf(window);
  }

  /** A module that is no convolution. */
  public ModuleShape(String path, ModuleKind kind, int inFeatures, int outFeatures, boolean bias) {
    this(path, kind, inFeatures, outFeatures, bias, List.of());
  }

  /** Whether it multiplies by a matrix, which GPT-2 stores the other way round. */
  public boolean isLinear() {
    return kind == ModuleKind.LINEAR || kind == ModuleKind.CONV1D;
  }

  /** Shape of a weight that reads what this module reads: (outputs, in), or a convolution's. */
  public List<Integer> reading(int outputs) {
    List<Integer> shape = new ArrayList<>(List.of(outputs));
    shape.addAll(window.isEmpty() ? List.of(inFeatures) : window);
    return List.copyOf(shape);
  }

  /**
   * Shape of a weight from some inputs of one pixel to what this module writes: (out, inputs), of a
   * convolution (out, inputs, 1, 1).
   */
  public List<Integer> writing(int inputs) {
    return window.isEmpty() ? List.of(outFeatures, inputs) : List.of(outFeatures, inputs, 1, 1);
  }
}
