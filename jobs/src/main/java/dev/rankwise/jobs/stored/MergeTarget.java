package dev.rankwise.jobs.stored;

import dev.rankwise.models.failure.UserInputException;
import java.util.Arrays;
import java.util.Locale;

/** Into which weights an adapter is merged that was trained on a base in four bits. */
public enum MergeTarget {
  /** Into what four bits leave of them: the merged base computes what was trained. */
  DEQUANTISED,
  /** Into the base's own: what four bits took from them comes back, which training never saw. */
  ORIGINAL;

  /**
   * The target of that name, as {@code --into} spells it.
   *
   * @throws UserInputException if there is none
   */
  public static MergeTarget named(String name) {
    return Arrays.stream(values())
        .filter(target -> target.label().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new UserInputException(
                    "Invalid --into: \"%s\" (must be dequantised or original)".formatted(name)));
  }

  /** How {@code --into} spells it. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
