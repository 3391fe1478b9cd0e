package dev.rankwise.datasets.prepare;

import dev.rankwise.datasets.example.RowCheck;
import dev.rankwise.datasets.source.AskedColumns;
import dev.rankwise.datasets.source.RowLimits;
import java.util.Map;

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
  RowCheck check();

  /** The settings in recipe words, in a fixed order. */
  Map<String, String> described();
}
