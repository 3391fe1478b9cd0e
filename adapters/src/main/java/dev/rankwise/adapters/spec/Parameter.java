package dev.rankwise.adapters.spec;

import dev.rankwise.models.network.TrainableTensor;
import java.io.Serializable;

/**
 * One trainable tensor and its place in the flat parameter vector.
 *
 * @param tensor what it is
 * @param offset index of its first number
 * @param role what it does, by which an optimizer may tell parameters apart
 */
public record Parameter(TrainableTensor tensor, int offset, Role role) implements Serializable {

  /** What a parameter does. */
  public enum Role {
    /** The factor that reads a module's input. */
    FACTOR_A,
    /** The factor that writes a module's output. */
    FACTOR_B,
    /** The bias of the factor that writes a module's output. */
    BIAS_OF_B,
    /** What decides which experts compute. */
    ROUTER,
    /** How long each row of an adapted weight is. */
    MAGNITUDE,
    /** The diagonal between the two factors. */
    DIAGONAL,
    /** What numbers of a module's input or output are multiplied by; 1 changes nothing. */
    STRETCH,
    /** A tensor of the base that is trained in full. */
    KEPT,
    /** Rows of a table of the base. */
    ROWS
  }
}
