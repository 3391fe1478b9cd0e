package dev.rankwise.jobs.sweep;

/** Makes the name of a folder of what people call a thing. */
final class FolderName {
  private static final int LONGEST = 60;

  private FolderName() {}

  /** Letters, digits, dots and underscores of ASCII stay; what lies between becomes one dash. */
  static String of(String label) {
    String name = label.replaceAll("[^A-Za-z0-9._]+", "-").replaceAll("^[-.]+|-+$", "");
    String whole = name.isEmpty() ? "run" : name;
    return whole.length() > LONGEST ? whole.substring(0, LONGEST) : whole;
  }
}
