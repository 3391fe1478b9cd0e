package dev.rankwise.datasets.chat;

/** What a turn itself says about its loss. */
public enum TurnLoss {
  /** Nothing: the recipe decides. */
  AS_THE_RECIPE_SAYS,
  /** The turn is trained on. */
  TRAINED,
  /** The turn is read, but not trained on. */
  NOT_TRAINED
}
