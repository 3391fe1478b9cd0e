package dev.rankwise.pipeline.executor;

/** A frozen base with an adapter's program, resident in this JVM; safe for several threads. */
public interface ResidentModel extends AutoCloseable {

  /** Puts one vector of trainable parameters into native memory. */
  LoadedParameters load(float[] theta);

  @Override
  void close();
}
