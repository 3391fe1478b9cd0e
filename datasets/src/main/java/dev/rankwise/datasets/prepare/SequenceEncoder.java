package dev.rankwise.datasets.prepare;

import dev.rankwise.datasets.example.CheckedRow;
import dev.rankwise.datasets.example.RowTask;
import dev.rankwise.datasets.pack.TrainedTokens;
import dev.rankwise.datasets.pack.Truncation;
import dev.rankwise.datasets.picture.PictureForm;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.models.tokenizer.SpecialTokens;
import dev.rankwise.models.tokenizer.Tokenizer;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.stream.StreamSupport;

/**
 * Tokenises the rendered rows of a partition, on an executor. The text spells out the marks that
 * start and end it, so the tokenizer adds none of its own.
 */
final class SequenceEncoder implements Serializable {
  private static final long serialVersionUID = 1L;

  private final TokenizerSource tokenizer;
  private final Truncation truncation;
  private final int maximumTokens;
  private final List<RowTask> weighted;

  /** Null where rows have no pictures. */
  private final PictureForm pictures;

  /**
   * An encoder.
   *
   * @param settings truncation, token limit and pictures
   * @param weighted the tasks, by number, whose weights say how often a row comes; empty where
   *     every row comes once
   */
  SequenceEncoder(TokenizerSource tokenizer, SequenceSettings settings, List<RowTask> weighted) {
    this.tokenizer = tokenizer;
    this.truncation = settings.truncation();
    this.maximumTokens = settings.maximumTokens();
    this.pictures = settings.pictures().orElse(null);
    this.weighted = List.copyOf(weighted);
  }

  Iterator<EncodedRow> encode(Iterator<CheckedRow> rows) {
    Tokenizer opened = OpenTokenizers.of(tokenizer);
    Iterable<CheckedRow> iterable = () -> rows;
    return StreamSupport.stream(iterable.spliterator(), false)
        .filter(row -> copies(row) > 0)
        .map(row -> encoded(row, opened))
        .iterator();
  }

  private int copies(CheckedRow row) {
    return weighted.isEmpty() ? 1 : weighted.get(row.task()).copies(row.id());
  }

  private EncodedRow encoded(CheckedRow row, Tokenizer opened) {
    TrainedTokens tokens =
        row.pictures().isEmpty()
            ? TrainedTokens.of(opened.encode(row.text(), SpecialTokens.LEFT_OUT), row.trained())
            : pictures.tokens(opened, row.text(), row.trained(), row.pictures());
    boolean cut = tokens.length() > maximumTokens;
    if (cut && truncation == Truncation.DROP) {
      return rejected(row, cut, RejectionReason.TOO_MANY_TOKENS);
    }
    int patches = pictures == null ? 1 : pictures.patches();
    List<TrainedTokens> parts = tokens.cut(truncation, maximumTokens, patches);
    if (parts.stream().mapToInt(part -> part.pictures().size()).sum() < row.pictures().size()) {
      return rejected(row, cut, RejectionReason.PICTURE_CUT);
    }
    // A piece without a target costs a pass and teaches nothing; it is counted nowhere.
    List<TrainedTokens> pieces = parts.stream().filter(part -> part.targets() > 0).toList();
    return pieces.isEmpty()
        ? rejected(row, cut, RejectionReason.NO_TARGET_TOKENS)
        : new EncodedRow(row.id(), pieces, cut, null, row.task(), copies(row));
  }

  private EncodedRow rejected(CheckedRow row, boolean cut, RejectionReason reason) {
    return new EncodedRow(row.id(), List.of(), cut, reason, row.task(), copies(row));
  }
}
