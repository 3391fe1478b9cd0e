package dev.rankwise.models.text;

/** Texts from outside as messages quote them: they steer no terminal and begin no line. */
public final class PrintableText {
  private PrintableText() {}

  /** The text with a question mark for each control character, those beyond ASCII among them. */
  public static String of(String text) {
    // The class Cntrl ends with ASCII, and leaves U+009B, which steers a terminal as ESC [ does.
    return text.replaceAll("\\p{Cc}", "?");
  }

  /** The same of a text of several lines, whose ends stay. */
  public static String ofLines(String text) {
    return text.replaceAll("[\\p{Cc}&&[^\n]]", "?");
  }

  /** The same with no more than {@code most} characters of it, and a sign that there are more. */
  public static String of(String text, int most) {
    return text.length() > most ? of(text.substring(0, most)) + "…" : of(text);
  }
}
