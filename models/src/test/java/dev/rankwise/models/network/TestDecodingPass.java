package dev.rankwise.models.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.torch.NoOpenScopes;
import dev.rankwise.models.vision.PicturedPrompt;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scores token by token against those of the whole sequence at once, which have an oracle. */
@ExtendWith(NoOpenScopes.class)
class TestDecodingPass {
  private static final int VOCABULARY = 29;
  private static final double TOLERANCE = 2e-5;

  @TempDir Path folder;

  /** Prompts of unequal lengths, windows shorter and longer than they, stores that grow. */
  @ParameterizedTest
  @ValueSource(strings = {"llama", "mistral", "qwen2", "qwen3", "phi3", "gemma2", "gpt2"})
  void everyStepScoresAsTheWholeSequenceDoes(String family) throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, family, 21);
    SplittableRandom random = new SplittableRandom(3);
    List<List<Integer>> texts = new ArrayList<>();
    for (int length : new int[] {4, 1, 9, 2}) {
      texts.add(new ArrayList<>(ids(random, length)));
    }
    try (Replica replica = open(decoder, BaseType.FLOAT32);
        Parameters none = replica.parameters(new float[0]);
        DecodingPass pass =
            new DecodingPass(
                replica,
                none,
                prompts(texts).stream().map(PicturedPrompt::of).toList(),
                TokenBatch.NO_TASK,
                2,
                400)) {
      for (int step = 0; step < 12; step++) {
        assertScores(pass, replica, none, texts, TOLERANCE);
        int[] going = IntStream.range(0, texts.size()).toArray();
        if (step == 5) {
          // The longest leaves, so the store is cut at its start too.
          going = new int[] {0, 1, 3};
        } else if (step == 8) {
          going = new int[] {1};
        }
        List<List<Integer>> rest = new ArrayList<>();
        for (int i : going) {
          texts.get(i).add(random.nextInt(VOCABULARY));
          rest.add(texts.get(i));
        }
        texts = rest;
        pass.advance(going, rest.stream().mapToInt(text -> text.get(text.size() - 1)).toArray());
      }
      assertThat(pass.sequences()).isEqualTo(1);
      assertScores(pass, replica, none, texts, TOLERANCE);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mistral", "gemma2"})
  void aBaseInBfloat16ScoresAsTheWholeSequenceDoes(String family) throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, family, 22);
    SplittableRandom random = new SplittableRandom(4);
    List<List<Integer>> texts =
        List.of(new ArrayList<>(ids(random, 5)), new ArrayList<>(ids(random, 3)));
    try (Replica replica = open(decoder, BaseType.BFLOAT16);
        Parameters none = replica.parameters(new float[0]);
        DecodingPass pass = replica.decodingPass(none, prompts(texts))) {
      for (int step = 0; step < 6; step++) {
        assertScores(pass, replica, none, texts, 0.1);
        texts.forEach(text -> text.add(random.nextInt(VOCABULARY)));
        pass.advance(
            new int[] {0, 1}, texts.stream().mapToInt(text -> text.get(text.size() - 1)).toArray());
      }
    }
  }

  @Test
  void theBestTokenIsThatOfTheScores() throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 23);
    try (Replica replica = open(decoder, BaseType.FLOAT32);
        Parameters none = replica.parameters(new float[0]);
        DecodingPass pass =
            replica.decodingPass(none, List.of(new int[] {1, 2, 3}, new int[] {7}))) {
      float[][] scores = pass.scores();
      int[] best = pass.best();
      for (int row = 0; row < best.length; row++) {
        for (float score : scores[row]) {
          assertThat(score).isLessThanOrEqualTo(scores[row][best[row]]);
        }
      }
    }
  }

  @Test
  void aBaseThatPredictsNoTokenIsRefused() throws IOException {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 1);
    ReplicaSettings settings = new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1);
    try (Replica replica =
            Replica.open(
                encoder.directory(), encoder.config(), Attachment.none(), settings, folder);
        Parameters none = replica.parameters(new float[0])) {
      List<int[]> prompts = List.of(new int[] {1});
      assertThatThrownBy(() -> replica.decodingPass(none, prompts))
          .isInstanceOf(UserInputException.class)
          .hasMessageContaining("\"bert\"")
          .hasMessageContaining("choose a decoder");
    }
  }

  @Test
  void aPassWithoutATokenIsABug() throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 24);
    try (Replica replica = open(decoder, BaseType.FLOAT32);
        Parameters none = replica.parameters(new float[0])) {
      assertThatThrownBy(() -> replica.decodingPass(none, List.of()))
          .isInstanceOf(InternalException.class);
      List<int[]> empty = List.of(new int[0]);
      assertThatThrownBy(() -> replica.decodingPass(none, empty))
          .isInstanceOf(InternalException.class);
    }
  }

  private static void assertScores(
      DecodingPass pass,
      Replica replica,
      Parameters none,
      List<List<Integer>> texts,
      double tolerance) {
    float[][] scores = pass.scores();
    assertThat(scores).hasDimensions(texts.size(), VOCABULARY);
    for (int i = 0; i < texts.size(); i++) {
      int[] ids = texts.get(i).stream().mapToInt(Integer::intValue).toArray();
      TokenBatch alone =
          new TokenBatch(ids, new int[ids.length], new int[] {0, ids.length}, new int[0]);
      float[] expected = replica.logits(none, alone, new int[] {ids.length - 1})[0];
      assertThat(PaddedCase.distanceOf(scores[i], expected))
          .as("sequence %d of %s", i, Arrays.toString(ids))
          .isLessThan(tolerance);
    }
  }

  private static List<Integer> ids(SplittableRandom random, int length) {
    return random.ints(length, 0, VOCABULARY).boxed().toList();
  }

  private static List<int[]> prompts(List<List<Integer>> texts) {
    return texts.stream().map(text -> text.stream().mapToInt(Integer::intValue).toArray()).toList();
  }

  private Replica open(RandomDecoder decoder, BaseType type) {
    return Replica.open(
        decoder.directory(),
        decoder.config(),
        Attachment.none(),
        new ReplicaSettings(type, BaseType.FLOAT32, 1),
        folder);
  }
}
