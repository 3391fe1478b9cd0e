package dev.rankwise.jobs.report;

import java.util.List;

/**
 * What was trained.
 *
 * @param method name of the method: {@code lora}
 * @param rank rank of the update
 * @param alpha numerator of the update's scale
 * @param targets names of the modules that are adapted
 * @param trainableParameters parameters that were trained, the classifier's included
 * @param sha256 hash of the adapter's file, empty if none was written
 * @param bytes size of the adapter's file
 */
public record TunedAdapter(
    String method,
    int rank,
    double alpha,
    List<String> targets,
    long trainableParameters,
    String sha256,
    long bytes) {
  public TunedAdapter {
    targets = List.copyOf(targets);
  }
}
