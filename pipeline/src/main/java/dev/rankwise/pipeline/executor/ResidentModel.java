package dev.rankwise.pipeline.executor;

import dev.rankwise.models.network.Replica;
import java.util.Optional;

/** A frozen base with an adapter's program, resident in this JVM; safe for several threads. */
public interface ResidentModel extends AutoCloseable {

  /** Puts one vector of trainable parameters into native memory. */
  LoadedParameters load(float[] theta);

  /** What became of the frozen tensors since they were opened; empty if there are none. */
  default Optional<Replica.Frozen> frozen() {
    return Optional.empty();
  }

  @Override
  void close();
}
