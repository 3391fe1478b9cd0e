package dev.rankwise.pipeline.guard;

import dev.rankwise.models.failure.UserInputException;

/**
 * How much a run puts up with.
 *
 * @param maximumLossRatio it ends where its loss is more than this many times the lowest before, as
 *     {@link LossWatch} takes both; above 1, infinity if it never ends for that
 * @param mostQuarantined how many examples it may leave out that make a step fail always, at least
 *     0; with 0 none is looked for
 */
public record Safeguards(double maximumLossRatio, int mostQuarantined) {
  public Safeguards {
    if (!(maximumLossRatio > 1) || mostQuarantined < 0) {
      throw new UserInputException(
          ("Invalid safeguards of a run: it ends at %s times its lowest loss and may leave out %s"
                  + " examples; the first must be above 1 (infinity for no end), the second at least"
                  + " 0")
              .formatted(maximumLossRatio, mostQuarantined));
    }
  }

  /** A run that never ends for its loss, and leaves nothing out. */
  public static Safeguards none() {
    return new Safeguards(Double.POSITIVE_INFINITY, 0);
  }
}
