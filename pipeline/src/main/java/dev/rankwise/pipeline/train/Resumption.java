package dev.rankwise.pipeline.train;

import java.util.List;

/**
 * How a run took over what another had reached.
 *
 * @param step number of steps that were done
 * @param changed settings that were others in that run, or in one that it had taken over itself,
 *     one line each; empty if the result is that of a run that was never interrupted
 */
public record Resumption(int step, List<String> changed) {

  public Resumption {
    changed = List.copyOf(changed);
  }
}
