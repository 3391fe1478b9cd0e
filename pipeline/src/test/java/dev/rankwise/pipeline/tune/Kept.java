package dev.rankwise.pipeline.tune;

import dev.rankwise.pipeline.checkpoint.Snapshot;
import dev.rankwise.pipeline.train.Checkpoints;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Keeps the state after each step, and goes on from one if there is one. */
record Kept(List<Snapshot> states, Optional<Snapshot> from) implements Checkpoints {
  @Override
  public Optional<Snapshot> reached(int steps) {
    return from;
  }

  @Override
  public boolean isDue(int step) {
    return true;
  }

  @Override
  public void save(int step, Snapshot state) {
    SortedMap<String, float[]> vectors = new TreeMap<>();
    state.vectors().forEach((name, vector) -> vectors.put(name, vector.clone()));
    states.add(new Snapshot(vectors, state.values()));
  }

  @Override
  public void stepFailed(int step, RuntimeException failure, Supplier<Snapshot> state) {
    throw new AssertionError("Step " + step + " failed");
  }
}
