package dev.rankwise.jobs.report;

import java.util.List;

/**
 * What the models answered to one held-out row.
 *
 * @param text the row's text; of a decoder its beginning
 * @param truth its label; of a decoder how the text goes on
 * @param base what the frozen base with a trained classifier chose, or the base went on with; empty
 *     if not evaluated
 * @param adapter what the base with the adapter chose, or went on with
 * @param pictures the pictures of the text as the model sees them, PNG files
 */
public record SamplePrediction(
    String text, String truth, String base, String adapter, List<byte[]> pictures) {

  public SamplePrediction {
    pictures = List.copyOf(pictures);
  }

  /** Answers to a text without pictures. */
  public SamplePrediction(String text, String truth, String base, String adapter) {
    this(text, truth, base, adapter, List.of());
  }
}
