package dev.rankwise.pipeline.checkpoint;

import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a checkpoint: {@code term-00000002-step-00000120}.
 *
 * <p>Whoever takes the lock of a run writes under a higher term than all before it. Names are
 * ordered by term first, so what a driver still writes after another has taken over is never the
 * newest.
 *
 * @param term term of the lock that its writer held, in [1, {@value #HIGHEST_TERM}]
 * @param step number of steps that were done, from 0
 */
public record CheckpointName(long term, int step) implements Comparable<CheckpointName> {
  /** No lock is taken so often; a larger number was not written by one. */
  static final long HIGHEST_TERM = 999_999_999_999L;

  private static final Pattern TEXT = Pattern.compile("term-(\\d{8,12})-step-(\\d{8,10})");
  private static final Comparator<CheckpointName> ORDER =
      Comparator.comparingLong(CheckpointName::term).thenComparingInt(CheckpointName::step);

  public CheckpointName {
    if (term < 1 || term > HIGHEST_TERM || step < 0) {
      throw new IllegalArgumentException(
          "Invalid checkpoint: term %s, step %s".formatted(term, step));
    }
  }

  /** The name that a folder has; empty if it is none of a checkpoint. */
  public static Optional<CheckpointName> parse(String folder) {
    Matcher text = TEXT.matcher(folder);
    if (!text.matches()) {
      return Optional.empty();
    }
    long step = Long.parseLong(text.group(2));
    if (step > Integer.MAX_VALUE) {
      return Optional.empty();
    }
    CheckpointName name =
        new CheckpointName(Math.max(1, Long.parseLong(text.group(1))), (int) step);
    return name.folder().equals(folder) ? Optional.of(name) : Optional.empty();
  }

  /** Name of its folder. */
  public String folder() {
    return String.format(Locale.ROOT, "term-%08d-step-%08d", term, step);
  }

  @Override
  public int compareTo(CheckpointName other) {
    return ORDER.compare(this, other);
  }
}
