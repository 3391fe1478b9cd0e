package dev.rankwise.models.generation;

import java.util.Locale;

/** Why a text ended. */
public enum Finish {
  /** The model chose a token that ends a text. */
  END,
  /** One of the texts to stop at came up. */
  STOP,
  /** As many tokens as asked for. */
  LENGTH,
  /** The base takes no longer sequence. */
  CONTEXT;

  /** The word for it in files. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
