package dev.rankwise.datasets.example;

import dev.rankwise.datasets.source.ContentHash;
import dev.rankwise.models.failure.UserInputException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A task of which rows are: what it is called, where its rows have their parts, and how often they
 * are trained on.
 *
 * <p>With weight w a row is trained on {@code ⌊w⌋} times, and once more if {@code h / 2^53 < w −
 * ⌊w⌋}, h the first 53 bits of SHA-256 over the task's name and the row's id. So a weight of 2
 * doubles every row, one of 0.5 takes about half of them, and neither the order of rows nor another
 * task decides which.
 *
 * @param name what the task is called
 * @param columns the form of its rows and where their parts lie
 * @param weight how often a row is trained on, on average; positive, at most {@link #MOST_WEIGHT}
 */
public record RowTask(String name, TurnColumns columns, double weight) implements Serializable {
  /** Greatest weight of a task. */
  public static final double MOST_WEIGHT = 1_000;

  private static final int LONGEST_NAME = 64;
  private static final int DROPPED_BITS = 11;
  private static final double RANGE = 0x1.0p53;

  public RowTask {
    Objects.requireNonNull(columns, "columns");
    requireName(name);
    if (!(weight > 0 && weight <= MOST_WEIGHT)) {
      throw new UserInputException(
          "Invalid weight of task \"%s\": %s (must be above 0 and at most %s); set it in data.tasks"
              .formatted(name, weight, (long) MOST_WEIGHT));
    }
  }

  /**
   * Fails where a task cannot be called so.
   *
   * @throws UserInputException if the name is empty, too long, or holds what steers a terminal
   */
  public static void requireName(String name) {
    boolean legible = name.codePoints().noneMatch(Character::isISOControl);
    if (name.isBlank() || name.length() > LONGEST_NAME || !legible) {
      throw new UserInputException(
          "Invalid name of a task: \"%s\" (must have 1 to %s characters, none of them a control); call"
                  .formatted(legible ? name : "", LONGEST_NAME)
              + " it otherwise in data.tasks");
    }
  }

  /** How often a row of this task is trained on. */
  public int copies(String id) {
    byte[] hash = new ContentHash().add(name).add(id).bytes();
    long leading = ByteBuffer.wrap(hash).getLong() >>> DROPPED_BITS;
    int whole = (int) weight;
    return leading / RANGE < weight - whole ? whole + 1 : whole;
  }
}
