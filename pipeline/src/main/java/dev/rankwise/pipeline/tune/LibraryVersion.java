package dev.rankwise.pipeline.tune;

/** Which version of Rankwise runs. */
public final class LibraryVersion {
  private static final String FROM_FOLDERS = "development";

  private LibraryVersion() {}

  /** The version in the jar's manifest; {@code development} when the classes lie in folders. */
  public static String ofRankwise() {
    String version = LibraryVersion.class.getPackage().getImplementationVersion();
    return version == null ? FROM_FOLDERS : version;
  }
}
