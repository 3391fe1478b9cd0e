package dev.rankwise.pipeline.executor;

import dev.rankwise.models.network.Replica;
import java.util.List;

/** A frozen base with an adapter's program, resident in this JVM; safe for several threads. */
public interface ResidentModel extends AutoCloseable {

  /** Puts one vector of trainable parameters into native memory. */
  LoadedParameters load(float[] theta);

  /** What became of the frozen tensors since they were opened, by file; none if there are none. */
  default List<Replica.Frozen> frozen() {
    return List.of();
  }

  @Override
  void close();
}
