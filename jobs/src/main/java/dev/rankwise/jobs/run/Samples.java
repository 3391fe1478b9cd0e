package dev.rankwise.jobs.run;

import dev.rankwise.datasets.example.Example;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.jobs.report.SamplePrediction;
import dev.rankwise.jobs.session.RunSession;
import dev.rankwise.jobs.text.ReadableTokens;
import dev.rankwise.models.tokenizer.HuggingFaceTokenizer;
import dev.rankwise.models.tokenizer.Tokenizer;
import dev.rankwise.pipeline.evaluate.Evaluation;
import java.util.ArrayList;
import java.util.List;

/** Picks held-out rows whose class the adapter changed. */
final class Samples {
  private static final int SHOWN = 12;
  private static final int LOOKED_AT = 200;

  private Samples() {}

  /**
   * The first held-out rows, in canonical order, on which the frozen base and the adapter disagree.
   */
  static List<SamplePrediction> of(
      RunSession session, PreparedData data, Evaluation before, Evaluation after) {
    List<SamplePrediction> samples = new ArrayList<>();
    int[] was = before.predicted();
    int[] is = after.predicted();
    List<String> labels = data.manifest().labels();
    try (Tokenizer tokenizer = HuggingFaceTokenizer.of(session.base())) {
      for (Example example : data.preview(session.spark(), Split.TEST, LOOKED_AT)) {
        int position = example.position();
        if (was[position] != is[position] && samples.size() < SHOWN) {
          samples.add(
              new SamplePrediction(
                  ReadableTokens.text(tokenizer.tokens(example.ids())),
                  labels.get(example.label()),
                  labels.get(was[position]),
                  labels.get(is[position])));
        }
      }
    }
    return samples;
  }
}
