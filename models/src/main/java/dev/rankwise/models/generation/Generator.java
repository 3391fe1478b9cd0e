package dev.rankwise.models.generation;

import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.VisionEmbedding;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.DecodingPass;
import dev.rankwise.models.tokenizer.Tokenizer;
import dev.rankwise.models.vision.PicturedPrompt;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Lets a causal decoder, with or without an adapter, go on after prompts.
 *
 * <p>Prompts are taken in batches of like lengths; a text that has ended leaves its batch. Which
 * tokens a text gets does not depend on the others of its batch, up to the rounding of scores.
 */
public final class Generator {
  private final Function<List<PicturedPrompt>, DecodingPass> decoder;
  private final ModelConfig config;
  private final Optional<Tokenizer> tokenizer;

  /**
   * @param decoder reads prompts with the base and its adapter, which must stay open
   * @param config the base's configuration
   * @param tokenizer spells tokens; without one only their ids are given, and no stop text is found
   */
  public Generator(
      Function<List<PicturedPrompt>, DecodingPass> decoder,
      ModelConfig config,
      Optional<Tokenizer> tokenizer) {
    this.decoder = decoder;
    this.config = config;
    this.tokenizer = tokenizer;
  }

  /**
   * What follows each prompt, in their order. What is drawn for a text depends on the seed and on
   * its prompt's place.
   *
   * @param prompts token ids of each, with the special tokens that begin a text
   * @param listener hears the texts as they grow; those of one batch by turns
   * @throws UserInputException as the other one does
   */
  public List<Generated> generate(
      List<int[]> prompts, GenerationSettings settings, TextListener listener) {
    List<PicturedPrompt> texts = prompts.stream().map(PicturedPrompt::of).toList();
    return generateAfter(texts, LongStream.range(0, prompts.size()).toArray(), settings, listener);
  }

  /**
   * What follows each prompt, in their order. What is drawn for a text depends on the seed and on
   * its number.
   *
   * @param prompts token ids of each, with the special tokens that begin a text, and its pictures
   * @param numbers a number for each, of which the lower 32 bits count
   * @param listener hears the texts as they grow; those of one batch by turns
   * @throws UserInputException if a prompt is empty, fills the base's context or has an id without
   *     a row in the token table; if it has other pictures than places for them; or if the base
   *     does not predict tokens
   */
  public List<Generated> generateAfter(
      List<PicturedPrompt> prompts,
      long[] numbers,
      GenerationSettings settings,
      TextListener listener) {
    if (tokenizer.isEmpty() && !settings.stopTexts().isEmpty()) {
      throw new UserInputException(
          "Cannot stop at a text: the base has no tokenizer to spell tokens with; put its"
              + " tokenizer.json into its folder, or leave the stop texts out");
    }
    for (int i = 0; i < prompts.size(); i++) {
      check(i, prompts.get(i).ids());
    }
    List<GrowingText> texts = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      texts.add(
          new GrowingText(
              i,
              numbers[i],
              prompts.get(i).ids(),
              config.maximumSequence(),
              settings,
              tokenizer,
              listener));
    }
    List<Integer> byLength =
        IntStream.range(0, prompts.size())
            .boxed()
            .sorted(Comparator.comparingInt(i -> prompts.get(i).length()))
            .toList();
    for (int from = 0; from < byLength.size(); from += settings.batchSize()) {
      int to = Math.min(byLength.size(), from + settings.batchSize());
      List<Integer> batch = byLength.subList(from, to);
      write(
          batch.stream().map(prompts::get).toList(),
          batch.stream().map(texts::get).toList(),
          settings);
    }
    return texts.stream().map(GrowingText::generated).toList();
  }

  private void write(
      List<PicturedPrompt> prompts, List<GrowingText> texts, GenerationSettings settings) {
    try (DecodingPass pass = decoder.apply(prompts)) {
      List<GrowingText> growing = texts;
      while (true) {
        int[] chosen = chosen(pass, growing, settings);
        List<GrowingText> now = growing;
        for (int i = 0; i < chosen.length; i++) {
          now.get(i).take(chosen[i]);
        }
        int[] going =
            IntStream.range(0, chosen.length).filter(i -> !now.get(i).hasEnded()).toArray();
        if (going.length == 0) {
          return;
        }
        growing = IntStream.of(going).mapToObj(now::get).toList();
        pass.advance(going, IntStream.of(going).map(i -> chosen[i]).toArray());
      }
    }
  }

  private static int[] chosen(
      DecodingPass pass, List<GrowingText> texts, GenerationSettings settings) {
    if (settings.sampling().takesBestScore()) {
      int[] best = pass.best();
      if (IntStream.of(best).anyMatch(id -> id < 0)) {
        throw Candidates.notFinite();
      }
      return best;
    }
    float[][] scores = pass.scores();
    return IntStream.range(0, scores.length).map(i -> texts.get(i).choose(scores[i])).toArray();
  }

  private void check(int index, int[] prompt) {
    int context = config.maximumSequence();
    if (prompt.length == 0) {
      throw new UserInputException(
          "Cannot go on after prompt %s: it has no token (a prompt needs one at least; write something"
                  .formatted(index + 1)
              + " into it)");
    }
    if (prompt.length >= context) {
      throw new UserInputException(
          ("Cannot go on after prompt %s: it has %s tokens, and this base takes %s, the new ones"
                  + " included; shorten the prompt")
              .formatted(index + 1, prompt.length, context));
    }
    // Where no base sees, a placeholder is an id like any other, and none of the table's.
    int placeholder = config.vision().map(VisionEmbedding::placeholder).orElse(0);
    for (int id : prompt) {
      boolean patch = id == placeholder;
      if (!patch && (id < 0 || id >= config.vocabularySize())) {
        throw new UserInputException(
            "Cannot go on after prompt %s: it has token id %s, and the ids of this base are 0 to %s"
                .formatted(index + 1, id, config.vocabularySize() - 1));
      }
    }
  }
}
