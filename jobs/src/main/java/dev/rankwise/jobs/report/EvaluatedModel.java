package dev.rankwise.jobs.report;

import dev.rankwise.jobs.chart.Ink;

/** The models that are compared on the held-out rows. */
public enum EvaluatedModel {
  /** The base as it came, with a classifier trained on top of it. */
  FROZEN_BASE("frozen base", "base unchanged, only a classifier on top trained", Ink.COMPARED),
  /** The base with the trained adapter. */
  ADAPTER("with adapter", "base with the trained adapter and its classifier", Ink.MAIN);

  private final String label;
  private final String description;
  private final Ink ink;

  EvaluatedModel(String label, String description, Ink ink) {
    this.label = label;
    this.description = description;
    this.ink = ink;
  }

  String label() {
    return label;
  }

  String description() {
    return description;
  }

  Ink ink() {
    return ink;
  }
}
