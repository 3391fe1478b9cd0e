package dev.rankwise.jobs.export;

import dev.rankwise.models.failure.UserInputException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What an adapter is exported as. */
public enum ExportFormat {
  /** A file that llama.cpp loads beside its base. */
  GGUF,
  /** A folder in PEFT's form that vLLM loads beside its base. */
  VLLM;

  /**
   * The format of that name.
   *
   * @throws UserInputException if there is none
   */
  static ExportFormat named(String name) {
    return Arrays.stream(values())
        .filter(format -> format.label().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new UserInputException(
                    "Invalid --format: \"%s\" (must be one of %s)"
                        .formatted(
                            name,
                            Arrays.stream(values())
                                .map(ExportFormat::label)
                                .collect(Collectors.joining(", ")))));
  }

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
