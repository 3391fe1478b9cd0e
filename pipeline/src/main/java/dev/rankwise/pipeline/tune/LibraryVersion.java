package dev.rankwise.pipeline.tune;

/** Which version of Rankwise runs: written into adapters and fingerprints. */
public final class LibraryVersion {
  /** The version of the POM; a test holds the two together. */
  public static final String RANKWISE = "0.1.0";

  private LibraryVersion() {}
}
