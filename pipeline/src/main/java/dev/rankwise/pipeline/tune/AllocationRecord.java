package dev.rankwise.pipeline.tune;

import dev.rankwise.adapters.adalora.Decision;
import java.util.List;

/**
 * What became of the ranks in a run.
 *
 * @param decisions which triplets stayed, in order; the last one holds
 * @param terms γ·R, what the orthogonality term added to the objective of each step; no part of the
 *     losses that are reported
 */
public record AllocationRecord(List<Decision> decisions, List<Double> terms) {

  /** What a method that moves no rank has. */
  public static final AllocationRecord NONE = new AllocationRecord(List.of(), List.of());

  public AllocationRecord {
    decisions = List.copyOf(decisions);
    terms = List.copyOf(terms);
  }
}
