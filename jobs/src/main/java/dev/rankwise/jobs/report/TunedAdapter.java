package dev.rankwise.jobs.report;

import dev.rankwise.adapters.analysis.TaskGates;
import dev.rankwise.adapters.kept.KeptOnly;
import dev.rankwise.jobs.session.RunFiles;
import java.util.List;
import java.util.Optional;

/**
 * What was trained.
 *
 * @param kind what came out: {@link RunFiles#ADAPTER}, or {@link RunFiles#MODEL} where the base was
 *     trained itself or only modules that are kept in full
 * @param method name of the method: {@code lora}
 * @param figures its rank and alpha in words, without those of a first adapter; empty if it has
 *     none
 * @param targets names of the modules that are adapted
 * @param routers names of the modules that have a router, from the first layer on; empty if none
 *     has
 * @param gates what routers that go by tasks weigh experts with; empty if none does
 * @param trainableParameters parameters that were trained, the classifier's included
 * @param stillParameters parameters that are saved with these and stood still
 * @param first the adapter that it was tuned above, whose parameters these are
 * @param sha256 hash of the file, empty if none was written
 * @param bytes size of the file
 */
public record TunedAdapter(
    String kind,
    String method,
    String figures,
    List<String> targets,
    List<String> routers,
    TaskGates gates,
    long trainableParameters,
    long stillParameters,
    Optional<FirstAdapter> first,
    String sha256,
    long bytes) {

  /**
   * An adapter that stood still beneath the trained one.
   *
   * @param place where it lies
   * @param figures its rank and alpha, in words
   * @param together rank and alpha of both, as they are saved
   */
  public record FirstAdapter(String place, String figures, String together) {}

  public TunedAdapter {
    targets = List.copyOf(targets);
    routers = List.copyOf(routers);
  }

  /** Whether a base came out, not an adapter. */
  boolean isWholeBase() {
    return kind.equals(RunFiles.MODEL);
  }

  /** Whether the base stood still beneath modules that are kept in full. */
  boolean isKeptOnly() {
    return method.equals(KeptOnly.NAME);
  }
}
