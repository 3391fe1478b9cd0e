package dev.rankwise.datasets.example;

import dev.rankwise.datasets.chat.UnusableRow;
import dev.rankwise.datasets.picture.PictureReading;
import dev.rankwise.datasets.prompt.PictureMarks;
import dev.rankwise.datasets.source.ContentHash;
import dev.rankwise.datasets.source.RejectionReason;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/**
 * Judges one raw row of a labelled picture.
 *
 * <p>A row's id is its key, or else the SHA-256 of what its image column holds and its label. Key
 * and label are judged as those of labelled text, then the picture.
 *
 * @param labelled the check of key and label, whose column of texts is that of pictures
 * @param pictures how the picture is read
 */
public record LabelledPictureCheck(LabelledRowCheck labelled, PictureReading pictures)
    implements RowCheck {
  private static final int KEY = 2;

  public LabelledPictureCheck {
    Objects.requireNonNull(labelled, "labelled");
    Objects.requireNonNull(pictures, "pictures");
  }

  @Override
  public CheckedRow check(byte[][] values) {
    boolean keyed = labelled.columns().isKeyed();
    byte[] key = keyed ? values[KEY] : null;
    // The mark stands where a text would, so that a picture is no text that is too long or invalid.
    byte[] mark = PictureMarks.MARK.getBytes(StandardCharsets.UTF_8);
    CheckedRow row = labelled.check(mark, values[1], key);
    boolean named = keyed && row.reason() != RejectionReason.MISSING_KEY;
    String id = named ? row.id() : new ContentHash().add(values[0]).add(values[1]).add(key).hex();
    if (!row.isAccepted()) {
      return CheckedRow.rejected(id, row.reason());
    }
    try {
      List<byte[]> files = pictures.files(values[0]);
      if (files.isEmpty()) {
        return CheckedRow.rejected(id, RejectionReason.MISSING_PICTURE);
      }
      return files.size() > 1
          ? CheckedRow.rejected(id, RejectionReason.PICTURE_COUNT)
          : CheckedRow.accepted(id, row.text(), row.label()).seeing(pictures.colours(files));
    } catch (UnusableRow unusable) {
      return CheckedRow.rejected(id, unusable.reason());
    }
  }

  @Override
  public CheckedRow rejected(byte[][] values, RejectionReason reason, String recordHash) {
    return labelled.rejected(values, reason, recordHash);
  }
}
