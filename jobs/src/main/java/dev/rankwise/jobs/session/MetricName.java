package dev.rankwise.jobs.session;

/** Names of figures for people to read. */
public final class MetricName {
  private MetricName() {}

  /** The words of a figure that is called {@code key} in JSON. */
  public static String of(String key) {
    return key.equals("macro_f1") ? "macro F1" : key.replace('_', ' ');
  }
}
