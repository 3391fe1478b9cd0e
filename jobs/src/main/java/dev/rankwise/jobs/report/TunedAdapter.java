package dev.rankwise.jobs.report;

import dev.rankwise.jobs.session.RunFiles;
import java.util.List;

/**
 * What was trained.
 *
 * @param kind what came out: {@link RunFiles#ADAPTER}, or {@link RunFiles#MODEL} where every weight
 *     was trained
 * @param method name of the method: {@code lora}
 * @param rank rank of the update
 * @param alpha numerator of the update's scale
 * @param targets names of the modules that are adapted
 * @param routers names of the modules that have a router, from the first layer on; empty if none
 *     has
 * @param trainableParameters parameters that were trained, the classifier's included
 * @param sha256 hash of the file, empty if none was written
 * @param bytes size of the file
 */
public record TunedAdapter(
    String kind,
    String method,
    int rank,
    double alpha,
    List<String> targets,
    List<String> routers,
    long trainableParameters,
    String sha256,
    long bytes) {
  public TunedAdapter {
    targets = List.copyOf(targets);
    routers = List.copyOf(routers);
  }

  /** Whether every weight of the base was trained. */
  boolean isWholeBase() {
    return kind.equals(RunFiles.MODEL);
  }
}
