package dev.rankwise.models.architecture;

import dev.rankwise.models.config.Activation;

/** How kernel texts call the functions between two layers. */
final class Activations {
  private Activations() {}

  /** Name of libtorch's operator. */
  static String operator(Activation activation) {
    return switch (activation) {
      case GELU, GELU_TANH -> "gelu";
      case RELU -> "relu";
      case SILU -> "silu";
    };
  }

  /** The operator's arguments after the first. */
  static String furtherArguments(Activation activation) {
    return switch (activation) {
      case GELU -> ", approximate=\"none\"";
      case GELU_TANH -> ", approximate=\"tanh\"";
      case RELU, SILU -> "";
    };
  }
}
