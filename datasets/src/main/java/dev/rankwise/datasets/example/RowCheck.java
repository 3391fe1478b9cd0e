package dev.rankwise.datasets.example;

import dev.rankwise.datasets.source.RejectionReason;
import java.io.Serializable;

/** Judges raw rows. Travels to executors. */
public interface RowCheck extends Serializable {

  /**
   * Judges a row that its source could read.
   *
   * @param values bytes of the columns asked for, in their order; null where the row has none
   */
  CheckedRow check(byte[][] values);

  /**
   * Names a row that its source could not read.
   *
   * @param values what could be read, such as its key
   * @param reason why it could not
   * @param recordHash hash of its record
   */
  CheckedRow rejected(byte[][] values, RejectionReason reason, String recordHash);
}
