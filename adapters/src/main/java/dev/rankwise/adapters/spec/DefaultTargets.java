package dev.rankwise.adapters.spec;

import java.util.List;
import java.util.Optional;

/** The modules that PEFT adapts with LoRA when a configuration names none. */
final class DefaultTargets {
  private DefaultTargets() {}

  static Optional<List<String>> of(String modelType) {
    return switch (modelType) {
      case "llama", "mistral", "qwen2", "qwen3", "gemma2" ->
          Optional.of(List.of("q_proj", "v_proj"));
      case "gpt2" -> Optional.of(List.of("c_attn"));
      case "phi3" -> Optional.of(List.of("qkv_proj"));
      case "bert", "roberta" -> Optional.of(List.of("query", "value"));
      default -> Optional.empty();
    };
  }
}
