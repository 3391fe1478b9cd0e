package dev.rankwise.models.config;

import java.util.Optional;

/** The functions between two layers, with their names in {@code config.json}. */
public enum Activation {
  /** {@code x · Φ(x)} with the exact normal distribution function. */
  GELU("gelu"),
  /** {@code x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³)))}. */
  GELU_TANH("gelu_new", "gelu_pytorch_tanh", "gelu_fast"),
  /** {@code max(0, x)}. */
  RELU("relu"),
  /** {@code x / (1 + e^-x)}. */
  SILU("silu", "swish");

  private final String[] names;

  Activation(String... names) {
    this.names = names;
  }

  /** The function of that name. */
  static Optional<Activation> named(String name) {
    for (Activation activation : values()) {
      for (String known : activation.names) {
        if (known.equals(name)) {
          return Optional.of(activation);
        }
      }
    }
    return Optional.empty();
  }

  /** All names, for messages. */
  static String allNames() {
    StringBuilder all = new StringBuilder();
    for (Activation activation : values()) {
      for (String name : activation.names) {
        all.append(all.length() == 0 ? "" : ", ").append(name);
      }
    }
    return all.toString();
  }
}
