package dev.rankwise.jobs.run;

import dev.rankwise.datasets.pack.Sequence;
import dev.rankwise.datasets.prepare.BaseTokenizerSource;
import dev.rankwise.datasets.prepare.OpenTokenizers;
import dev.rankwise.datasets.prompt.PromptTokens;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.jobs.report.SamplePrediction;
import dev.rankwise.jobs.session.RunSession;
import dev.rankwise.models.generation.GenerationSettings;
import dev.rankwise.models.generation.Sampling;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.tokenizer.SpecialTokens;
import dev.rankwise.models.tokenizer.Tokenizer;
import dev.rankwise.pipeline.tune.TunedModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Held-out texts, and how the base and the tuned model go on with them from the first token that is
 * trained on, or from a third where the whole text is.
 *
 * @param session the running session
 * @param stage measures models
 */
record Continuations(RunSession session, EvaluationStage stage) {
  private static final int SHOWN = 8;
  private static final int SEQUENCES = 32;
  private static final int LONGEST_PROMPT = 512;
  private static final int NEW_TOKENS = 48;

  /** The beginning of a text, and how it goes on. */
  private record Piece(int[] prompt, int[] rest, int task) {}

  /** The first texts of the held-out sequences, of each task in turn. */
  List<SamplePrediction> of(PreparedData data, TunedModel tuned) {
    Tokenizer tokenizer = OpenTokenizers.of(new BaseTokenizerSource(session.reference()));
    List<Piece> pieces = pieces(data);
    if (pieces.isEmpty()) {
      return List.of();
    }
    List<int[]> prompts = pieces.stream().map(Piece::prompt).toList();
    PromptTokens form = form(data, tokenizer);
    List<Integer> ends = form.endIds(session.base().directory());
    GenerationSettings settings =
        new GenerationSettings(
            NEW_TOKENS, Sampling.greedy(), 0, ends, form.endTexts(), prompts.size());
    boolean routed = tuned.adapter().plan().spec().mixture().routesByTask();
    int[] tasks = pieces.stream().mapToInt(it -> routed ? it.task() : TokenBatch.NO_TASK).toArray();
    List<String> before =
        stage.continuations(tuned, ":untuned", tuned.bare(), prompts, tasks, settings);
    List<String> after =
        stage.continuations(tuned, "", tuned.adapter().values(), prompts, tasks, settings);
    List<SamplePrediction> samples = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      samples.add(
          new SamplePrediction(
              tokenizer.decode(pieces.get(i).prompt(), SpecialTokens.LEFT_OUT),
              tokenizer.decode(pieces.get(i).rest(), SpecialTokens.LEFT_OUT),
              before.get(i),
              after.get(i)));
    }
    return samples;
  }

  /** How the data were written. */
  private PromptTokens form(PreparedData data, Tokenizer tokenizer) {
    String format = PromptTokens.formatOf(data.manifest().settings().get("chat-format"));
    return PromptTokens.of(session.base().directory(), tokenizer, Optional.of(format));
  }

  private List<Piece> pieces(PreparedData data) {
    int most = Math.max(1, SHOWN / Math.max(1, data.manifest().tasks().size()));
    List<Piece> pieces = new ArrayList<>();
    for (Sequence sequence : data.previewSequences(session.spark(), Split.TEST, SEQUENCES)) {
      int[] starts = sequence.starts();
      int[] lengths = sequence.textLengths();
      long shown = pieces.stream().filter(piece -> piece.task() == sequence.task()).count();
      for (int text = 0; text < starts.length && shown < most && pieces.size() < SHOWN; text++) {
        int end = starts[text] + lengths[text];
        int cut = cut(sequence.trained(), starts[text], end);
        if (cut < end && cut - starts[text] <= LONGEST_PROMPT) {
          shown++;
          pieces.add(
              new Piece(
                  Arrays.copyOfRange(sequence.ids(), starts[text], cut),
                  Arrays.copyOfRange(sequence.ids(), cut, end),
                  sequence.task()));
        }
      }
    }
    return pieces;
  }

  /** Where the model takes over: after at least one token. */
  private static int cut(boolean[] trained, int start, int end) {
    int first = start;
    while (first < end && !trained[first]) {
      first++;
    }
    // Of a text that is trained on whole, a mark at its start may be left out.
    return first > start + 1 ? first : start + Math.max(1, (end - start) / 3);
  }
}
