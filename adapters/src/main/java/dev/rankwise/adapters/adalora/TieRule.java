package dev.rankwise.adapters.adalora;

/** Which triplets go when several have the score of the last one that may stay. */
public enum TieRule {
  /** Those with the later module path, then the higher index, so that exactly the budget stays. */
  BY_NAME_AND_INDEX,
  /** All of them, as in PEFT: fewer than the budget may stay, or none. */
  ALL_AT_ONCE
}
