package dev.rankwise.jobs.doctor;

import dev.rankwise.jobs.text.Redaction;

/**
 * Something that a check found.
 *
 * @param weight whether it must be mended
 * @param what what is wrong, with the values; a sentence without a full stop
 * @param remedy what to do, likewise
 */
public record Finding(Weight weight, String what, String remedy) {

  public Finding {
    // What file systems and libraries say is among it.
    what = Redaction.printable(Redaction.withoutSecrets(what));
    remedy = Redaction.printable(Redaction.withoutSecrets(remedy));
  }

  /** What becomes of a run where something is left as it is. */
  public enum Weight {
    /** It fails, or does not do what was asked. */
    MEND,
    /** It does what was asked, and could do better. */
    NOTE
  }

  static Finding mend(String what, String remedy) {
    return new Finding(Weight.MEND, what, remedy);
  }

  static Finding note(String what, String remedy) {
    return new Finding(Weight.NOTE, what, remedy);
  }

  /**
   * What an error of ours says, whose remedy stands behind its last semicolon.
   *
   * @param where what it is said of
   */
  static Finding ofError(String where, String message) {
    int remedy = message.lastIndexOf("; ");
    return remedy < 0
        ? mend(where + ": " + message, "look at the logs of driver and executors")
        : mend(where + ": " + message.substring(0, remedy), message.substring(remedy + 2));
  }
}
