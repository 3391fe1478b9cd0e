package dev.rankwise.datasets.example;

import dev.rankwise.datasets.chat.TextSpan;
import dev.rankwise.datasets.pack.Sequence;
import dev.rankwise.datasets.source.ContentHash;
import dev.rankwise.datasets.source.Rejection;
import dev.rankwise.datasets.source.RejectionReason;
import java.io.Serializable;
import java.util.List;
import java.util.Objects;

/**
 * A row after its check: either its text with a label or with the parts that are trained on, or the
 * reason why not.
 *
 * @param id the row's stable id
 * @param text the text, empty for a rejected row
 * @param label the label; empty for a rejected row and for one without a label
 * @param trained parts of the text that are trained on; empty for a rejected row and for one with a
 *     label
 * @param reason why the row was rejected, null when it was accepted
 * @param task its task, counted from 0, or {@link Sequence#NO_TASK}
 * @param pictures colours of its pictures, as {@link
 *     dev.rankwise.datasets.pack.SequencePicture#colours} holds them, each with a mark in the text;
 *     with a label the one that has it
 * @param group what the row is put into a split by, beside its id; empty for nothing
 * @param changes what was changed in it on the way, a bit each
 */
public record CheckedRow(
    String id,
    String text,
    String label,
    List<TextSpan> trained,
    RejectionReason reason,
    int task,
    List<byte[]> pictures,
    String group,
    long changes)
    implements Serializable {
  public CheckedRow {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(text, "text");
    Objects.requireNonNull(label, "label");
    trained = List.copyOf(trained);
    pictures = List.copyOf(pictures);
    Objects.requireNonNull(group, "group");
  }

  /** A row that is in no group and was not changed. */
  private CheckedRow(
      String id,
      String text,
      String label,
      List<TextSpan> trained,
      RejectionReason reason,
      int task,
      List<byte[]> pictures) {
    this(id, text, label, trained, reason, task, pictures, "", 0);
  }

  /** A row that may become an example. */
  public static CheckedRow accepted(String id, String text, String label) {
    return new CheckedRow(id, text, label, List.of(), null, Sequence.NO_TASK, List.of());
  }

  /** A row that may become an example, of whose text parts are trained on. */
  public static CheckedRow accepted(String id, String text, List<TextSpan> trained) {
    return new CheckedRow(id, text, "", trained, null, Sequence.NO_TASK, List.of());
  }

  /** A row that may not; its content is let go. */
  public static CheckedRow rejected(String id, RejectionReason reason) {
    Objects.requireNonNull(reason, "reason");
    return new CheckedRow(id, "", "", List.of(), reason, Sequence.NO_TASK, List.of());
  }

  /** The same row as one of a task. */
  public CheckedRow ofTask(int number) {
    return new CheckedRow(id, text, label, trained, reason, number, pictures, group, changes);
  }

  /** The same row with pictures. */
  public CheckedRow seeing(List<byte[]> colours) {
    return new CheckedRow(id, text, label, trained, reason, task, colours, group, changes);
  }

  /** The same row as one of a group. */
  public CheckedRow ofGroup(String name) {
    return new CheckedRow(id, text, label, trained, reason, task, pictures, name, changes);
  }

  /** The same row, of which it is said what was changed. */
  public CheckedRow changed(long bits) {
    return new CheckedRow(id, text, label, trained, reason, task, pictures, group, bits);
  }

  /** Whether the row passed every check so far. */
  public boolean isAccepted() {
    return reason == null;
  }

  /** This row's rejection; only for a row that was not accepted. */
  public Rejection rejection() {
    return new Rejection(id, reason);
  }

  /** Hash of text and label or trained parts, and pictures: equal for rows with equal content. */
  public byte[] contentHash() {
    ContentHash hash = new ContentHash().add(text).add(label);
    for (TextSpan span : trained) {
      hash.add(span.start()).add(span.end());
    }
    pictures.forEach(hash::add);
    return hash.bytes();
  }
}
