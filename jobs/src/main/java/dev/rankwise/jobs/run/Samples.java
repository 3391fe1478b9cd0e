package dev.rankwise.jobs.run;

import dev.rankwise.datasets.example.Example;
import dev.rankwise.datasets.image.PngFile;
import dev.rankwise.datasets.prompt.PictureMarks;
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
import java.util.Optional;

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
    boolean pictures = session.config().images().isPresent();
    try (Words words = pictures ? new Words(Optional.empty()) : Words.of(session)) {
      for (Example example : data.preview(session.spark(), Split.TEST, LOOKED_AT)) {
        int position = example.position();
        if (was[position] != is[position] && samples.size() < SHOWN) {
          samples.add(
              new SamplePrediction(
                  words.of(example),
                  labels.get(example.label()),
                  labels.get(was[position]),
                  labels.get(is[position]),
                  example.pictures().stream()
                      .map(it -> PngFile.compressed(it.side(), it.colours()))
                      .toList()));
        }
      }
    }
    return samples;
  }

  /** What people see of an example. */
  private record Words(Optional<Tokenizer> tokenizer) implements AutoCloseable {

    static Words of(RunSession session) {
      return new Words(Optional.of(HuggingFaceTokenizer.of(session.base())));
    }

    String of(Example example) {
      return tokenizer
          .map(it -> ReadableTokens.text(it.tokens(example.ids())))
          .orElse(PictureMarks.MARK);
    }

    @Override
    public void close() {
      tokenizer.ifPresent(Tokenizer::close);
    }
  }
}
