package dev.rankwise.pipeline.checkpoint;

/** The machine goes down here; nothing of ours may catch it. */
final class Crash extends Error {
  private static final long serialVersionUID = 1L;

  Crash(long operation) {
    super("crash at operation " + operation);
  }
}
