package dev.rankwise.datasets.prepare;

import dev.rankwise.datasets.example.RowCheck;
import dev.rankwise.datasets.picture.PictureFolder;
import dev.rankwise.datasets.picture.PictureForm;
import dev.rankwise.datasets.source.AskedColumns;
import dev.rankwise.datasets.source.RowLimits;
import java.util.Map;
import java.util.Optional;

/** What rows are prepared for: which columns are read, and what becomes of them. Driver only. */
public sealed interface PreparationTask permits PreparationSettings, SequenceSettings {

  /** The columns to read. */
  AskedColumns asked();

  /** Which rows are held out. */
  SplitRule split();

  /** Longest example in tokens, special ones included. */
  int maximumTokens();

  /** Longest text that is looked at at all. */
  RowLimits limits();

  /** Judges a row by its own values. */
  default RowCheck check() {
    return check(PictureFolder.NONE);
  }

  /**
   * Judges a row by its own values and the files that it names.
   *
   * @param folder where paths of pictures start from
   */
  RowCheck check(PictureFolder folder);

  /** How the pictures of rows become tokens; empty where rows have none. */
  Optional<PictureForm> pictures();

  /** The settings in recipe words, in a fixed order. */
  Map<String, String> described();
}
