package dev.rankwise.jobs.registry;

import java.util.List;
import java.util.Optional;

/**
 * Keeps versions of one model, with where each comes from, and says which is in use. Versions have
 * numbers from 1, in the order in which they were registered; none is ever changed.
 *
 * <p>What is registered or promoted is so at once for everybody, or not at all. Each change may be
 * asked for again by who does not know whether it was made.
 */
public interface ModelRegistry {

  /**
   * Checks that versions can be registered here, before hours are spent on one.
   *
   * @throws dev.rankwise.models.failure.UserInputException if it cannot be written, holds something
   *     else, or is that of another model
   * @throws dev.rankwise.models.failure.RunHeldException if another process is writing to it
   */
  void requireUsable();

  /** All versions, the oldest first. */
  List<RegisteredVersion> versions();

  /** The version with that alias; empty if none has it. */
  Optional<RegisteredVersion> at(Alias alias);

  /** The version that a run with that key made; empty if none did. */
  Optional<RegisteredVersion> ofRun(String runKey);

  /** Whether a version is or was the champion. */
  boolean wasPromoted(int version);

  /**
   * Adds a version, which becomes the candidate; where one with its run key is there, nothing is
   * done.
   *
   * @return the version, with its number
   */
  RegisteredVersion register(NewVersion version);

  /**
   * Makes a version the champion; where it is, nothing is done.
   *
   * @param by who asked for it, for the list of promotions
   * @throws dev.rankwise.models.failure.UserInputException if there is no such version
   */
  RegisteredVersion promote(int version, String by);

  /**
   * Makes that version the champion again which was it when the present one was promoted.
   *
   * @throws dev.rankwise.models.failure.UserInputException if there was none
   */
  RegisteredVersion rollBack();
}
