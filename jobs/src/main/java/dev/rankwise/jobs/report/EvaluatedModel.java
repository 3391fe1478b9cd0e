package dev.rankwise.jobs.report;

import dev.rankwise.jobs.chart.Ink;

/** The models that are compared on the held-out rows. */
public enum EvaluatedModel {
  /** The base as it came, with a classifier trained on top of it. */
  FROZEN_BASE(
      new Legend("frozen base", "base unchanged, only a classifier on top trained", Ink.COMPARED)),
  /** The base with the adapter alone that another one was trained above. */
  FIRST_ADAPTER(
      new Legend("first adapter", "base with the first adapter, which stood still", Ink.SECOND)),
  /** The base with the trained adapter. */
  ADAPTER(new Legend("with adapter", "base with the trained adapter and its classifier", Ink.MAIN));

  private final Legend legend;

  EvaluatedModel(Legend legend) {
    this.legend = legend;
  }

  /** What it is where it predicts tokens. */
  String ofDecoder() {
    return switch (this) {
      case FROZEN_BASE -> "base as it came";
      case FIRST_ADAPTER -> "before training, with the first adapter";
      case ADAPTER -> "after training";
    };
  }

  /** How it is shown. */
  Legend legend() {
    return legend;
  }
}
