package dev.rankwise.jobs.run;

import dev.rankwise.datasets.image.PngFile;
import dev.rankwise.datasets.pack.Sequence;
import dev.rankwise.datasets.pack.SequencePicture;
import dev.rankwise.datasets.picture.PictureForm;
import dev.rankwise.datasets.prepare.BaseTokenizerSource;
import dev.rankwise.datasets.prepare.OpenTokenizers;
import dev.rankwise.datasets.prompt.PictureMarks;
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
import dev.rankwise.pipeline.executor.TokenExample;
import dev.rankwise.pipeline.executor.TokenPicture;
import dev.rankwise.pipeline.tune.TunedModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Held-out texts, and how the base and the tuned model go on with them from the first token that is
 * trained on, or from a third where the whole text is.
 *
 * @param session the running session
 * @param stage measures models
 * @param form how the tuned model reads pictures; empty where it reads none
 */
record Continuations(RunSession session, EvaluationStage stage, Optional<PictureForm> form) {
  private static final int SHOWN = 8;
  private static final int SEQUENCES = 256;
  private static final int LONGEST_PROMPT = 512;
  private static final int NEW_TOKENS = 48;

  /** The beginning of a text, and how it goes on. */
  private record Piece(int[] prompt, List<SequencePicture> pictures, int[] rest, int task) {

    /** As a model reads it. */
    TokenExample asked(int place, int askedTask, Optional<PictureForm> form) {
      return new TokenExample(place, new int[] {0}, prompt, new int[0], askedTask)
          .with(
              pictures.stream()
                  .map(it -> new TokenPicture(it.first(), it.colours(), form.orElseThrow()))
                  .toList());
    }

    /** As people read it: with a mark where a picture stands. */
    String shown(Tokenizer tokenizer, Optional<PictureForm> form) {
      StringBuilder text = new StringBuilder();
      int from = 0;
      for (SequencePicture picture : pictures) {
        text.append(decoded(tokenizer, from, picture.first())).append(PictureMarks.MARK);
        from = picture.first() + form.orElseThrow().patches();
      }
      return text.append(decoded(tokenizer, from, prompt.length)).toString();
    }

    /** Its pictures, for a page. */
    List<byte[]> files() {
      return pictures.stream().map(it -> PngFile.compressed(it.side(), it.colours())).toList();
    }

    private String decoded(Tokenizer tokenizer, int from, int to) {
      return tokenizer.decode(Arrays.copyOfRange(prompt, from, to), SpecialTokens.LEFT_OUT);
    }
  }

  /**
   * The first texts of the held-out sequences that go on unlike each other, of each task in turn.
   */
  List<SamplePrediction> of(PreparedData data, TunedModel tuned) {
    Tokenizer tokenizer = OpenTokenizers.of(new BaseTokenizerSource(session.reference()));
    List<Piece> pieces = pieces(data);
    if (pieces.isEmpty()) {
      return List.of();
    }
    PromptTokens written = written(data, tokenizer);
    List<Integer> ends = written.endIds(session.base().directory());
    GenerationSettings settings =
        new GenerationSettings(
            NEW_TOKENS, Sampling.greedy(), 0, ends, written.endTexts(), pieces.size());
    boolean routed = tuned.adapter().plan().spec().mixture().routesByTask();
    List<TokenExample> prompts = new ArrayList<>();
    for (Piece piece : pieces) {
      int task = routed ? piece.task() : TokenBatch.NO_TASK;
      prompts.add(piece.asked(prompts.size(), task, form));
    }
    List<String> before = stage.continuations(tuned, ":untuned", tuned.bare(), prompts, settings);
    List<String> after =
        stage.continuations(tuned, "", tuned.adapter().values(), prompts, settings);
    List<SamplePrediction> samples = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      samples.add(
          new SamplePrediction(
              pieces.get(i).shown(tokenizer, form),
              tokenizer.decode(pieces.get(i).rest(), SpecialTokens.LEFT_OUT),
              before.get(i),
              after.get(i),
              pieces.get(i).files()));
    }
    return samples;
  }

  /** How the data were written. */
  private PromptTokens written(PreparedData data, Tokenizer tokenizer) {
    String format = PromptTokens.formatOf(data.manifest().settings().get("chat-format"));
    return PromptTokens.of(session.base().directory(), tokenizer, Optional.of(format));
  }

  /**
   * As many of each task; texts that go on alike one after another only where no others are left.
   */
  private List<Piece> pieces(PreparedData data) {
    int most = Math.max(1, SHOWN / Math.max(1, data.manifest().tasks().size()));
    List<Piece> all = new ArrayList<>();
    for (Sequence sequence : data.previewSequences(session.spark(), Split.TEST, SEQUENCES)) {
      addPieces(sequence, all);
    }
    Set<List<Integer>> seen = new HashSet<>();
    List<Piece> unlike =
        all.stream()
            .filter(piece -> seen.add(Arrays.stream(piece.rest()).boxed().toList()))
            .toList();
    Set<Piece> chosen = new LinkedHashSet<>();
    for (Piece piece : Stream.concat(unlike.stream(), all.stream()).toList()) {
      long shown = chosen.stream().filter(it -> it.task() == piece.task()).count();
      if (shown < most && chosen.size() < SHOWN) {
        chosen.add(piece);
      }
    }
    return List.copyOf(chosen);
  }

  private static void addPieces(Sequence sequence, List<Piece> pieces) {
    int[] starts = sequence.starts();
    int[] lengths = sequence.textLengths();
    for (int text = 0; text < starts.length; text++) {
      int end = starts[text] + lengths[text];
      int cut = cut(sequence.trained(), starts[text], end);
      if (cut < end && cut - starts[text] <= LONGEST_PROMPT) {
        pieces.add(
            new Piece(
                Arrays.copyOfRange(sequence.ids(), starts[text], cut),
                pictures(sequence, starts[text], cut),
                Arrays.copyOfRange(sequence.ids(), cut, end),
                sequence.task()));
      }
    }
  }

  /** The pictures of a part of a sequence, placed from its beginning. */
  private static List<SequencePicture> pictures(Sequence sequence, int from, int to) {
    return sequence.pictures().stream()
        .filter(it -> it.first() >= from && it.first() < to)
        .map(it -> it.later(-from))
        .toList();
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
