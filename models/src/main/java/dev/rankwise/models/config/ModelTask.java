package dev.rankwise.models.config;

/** What stands on top of a base's blocks. */
public enum ModelTask {
  /** Nothing: the outputs are the last hidden states. */
  HIDDEN_STATES,
  /** A head that gives one score per class. */
  SEQUENCE_CLASSIFICATION,
  /** An output embedding that predicts the next token. */
  CAUSAL_LANGUAGE_MODEL,
  /** A pre-training head (masked tokens, next sentence); it is read past, never computed. */
  PRETRAINING
}
