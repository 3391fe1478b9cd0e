package dev.rankwise.pipeline.checkpoint;

import java.util.List;
import java.util.Locale;

/** What makes a checkpoint appear whole or not at all. */
public enum CommitStrategy {
  /** It is filled under another name and renamed: where renaming a folder is one operation. */
  RENAME,
  /**
   * It is filled in its place, and its last file says that it is whole: where renaming a folder
   * copies its files one by one, as on object stores.
   */
  MARKER;

  private static final List<String> RENAMING = List.of("file", "hdfs", "viewfs");

  /** The one for addresses with that scheme; none but those known to rename at once do. */
  public static CommitStrategy ofScheme(String scheme) {
    return RENAMING.contains(scheme.toLowerCase(Locale.ROOT)) ? RENAME : MARKER;
  }
}
