package dev.rankwise.models.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.network.Attachment;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.Parameters;
import dev.rankwise.models.network.RandomDecoder;
import dev.rankwise.models.network.Replica;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.tokenizer.AddedToken;
import dev.rankwise.models.tokenizer.SpecialTokens;
import dev.rankwise.models.tokenizer.TextEncoding;
import dev.rankwise.models.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestGenerator {
  private static final int CONTEXT = 40;
  private static final int VOCABULARY = 29;

  @TempDir Path folder;
  private RandomDecoder decoder;
  private Replica replica;
  private Parameters none;

  @BeforeEach
  void open() throws IOException {
    decoder = RandomDecoder.write(folder, "llama", 31);
    replica =
        Replica.open(
            decoder.directory(),
            decoder.config(),
            Attachment.none(),
            new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1),
            folder);
    none = replica.parameters(new float[0]);
  }

  @AfterEach
  void close() {
    none.close();
    replica.close();
  }

  @Test
  void aTextEndsAtTheTokensAskedFor() {
    Generated text = one(new int[] {1, 2}, settings(5, List.of(), List.of()));
    assertThat(text.tokens()).hasSize(5);
    assertThat(text.text()).isEqualTo(spelled(text.tokens()));
    assertThat(text.finish()).isEqualTo(Finish.LENGTH);
    assertThat(text.finish().word()).isEqualTo("length");
  }

  @Test
  void aTextEndsWhereTheContextIsFull() {
    int[] prompt = new int[CONTEXT - 3];
    Generated text = one(prompt, settings(10, List.of(), List.of()));
    assertThat(text.tokens()).hasSize(3);
    assertThat(text.finish()).isEqualTo(Finish.CONTEXT);
  }

  @Test
  void anEndTokenEndsATextAndIsNotSpelt() {
    List<Integer> whole = one(new int[] {1, 2}, settings(8, List.of(), List.of())).tokens();
    int end = whole.get(3);
    int first = whole.indexOf(end);
    Generated text = one(new int[] {1, 2}, settings(8, List.of(end), List.of()));
    assertThat(text.tokens()).isEqualTo(whole.subList(0, first + 1));
    assertThat(text.text()).isEqualTo(spelled(whole.subList(0, first)));
    assertThat(text.finish()).isEqualTo(Finish.END);
  }

  @Test
  void aTextStopsBeforeAStopText() {
    List<Integer> whole = one(new int[] {3}, settings(8, List.of(), List.of())).tokens();
    String stop = spelled(whole.subList(2, 4));
    Generated text = one(new int[] {3}, settings(8, List.of(), List.of(stop)));
    assertThat(text.text()).isEqualTo(spelled(whole).substring(0, spelled(whole).indexOf(stop)));
    assertThat(text.finish()).isEqualTo(Finish.STOP);
  }

  /** Some texts end before the others of their batch; each is as it is by itself. */
  @Test
  void textsDoNotDependOnTheirBatch() {
    List<int[]> prompts = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      prompts.add(IntStream.rangeClosed(i, 2 * i).toArray());
    }
    for (Sampling sampling :
        List.of(Sampling.greedy(), new Sampling(1.5, 0, 1, 1), new Sampling(0, 0, 1, 1.3))) {
      List<List<Generated>> by = new ArrayList<>();
      for (int batchSize : new int[] {1, 4, 9}) {
        GenerationSettings settings =
            new GenerationSettings(12, sampling, 5, List.of(2, 11), List.of(), batchSize);
        by.add(generator(Optional.of(new Letters())).generate(prompts, settings, (p, t) -> {}));
      }
      assertThat(by.get(1)).isEqualTo(by.get(0));
      assertThat(by.get(2)).isEqualTo(by.get(0));
    }
  }

  @Test
  void anotherSeedDrawsOtherTokens() {
    List<List<Integer>> drawn = new ArrayList<>();
    for (long seed : new long[] {1, 1, 2}) {
      GenerationSettings settings =
          new GenerationSettings(12, new Sampling(2, 0, 1, 1), seed, List.of(), List.of(), 1);
      drawn.add(one(new int[] {1}, settings).tokens());
    }
    assertThat(drawn.get(1)).isEqualTo(drawn.get(0));
    assertThat(drawn.get(2)).isNotEqualTo(drawn.get(0));
  }

  @Test
  void theListenerHearsEachTextPieceByPiece() {
    StringBuilder[] heard = {new StringBuilder(), new StringBuilder()};
    List<Generated> texts =
        generator(Optional.of(new Letters()))
            .generate(
                List.of(new int[] {1, 2}, new int[] {5}),
                settings(6, List.of(), List.of("zz")),
                (prompt, piece) -> heard[prompt].append(piece));
    for (int i = 0; i < 2; i++) {
      assertThat(heard[i]).hasToString(texts.get(i).text());
    }
  }

  @Test
  void withoutATokenizerThereAreTokensAndNoText() {
    Generated text =
        generator(Optional.empty())
            .generate(
                List.of(new int[] {4}), settings(3, List.of(), List.of()), (prompt, piece) -> {})
            .get(0);
    assertThat(text.tokens()).hasSize(3);
    assertThat(text.text()).isEmpty();
    GenerationSettings stops = settings(3, List.of(), List.of("a"));
    List<int[]> prompts = List.of(new int[] {4});
    assertThatThrownBy(
            () -> generator(Optional.empty()).generate(prompts, stops, (prompt, piece) -> {}))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("no tokenizer");
  }

  @Test
  void promptsThatCannotGoOnAreRefused() {
    GenerationSettings settings = settings(3, List.of(), List.of());
    assertThatThrownBy(() -> one(new int[0], settings))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("prompt 1: it has no token");
    assertThatThrownBy(() -> one(new int[CONTEXT], settings))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("it has 40 tokens, and this base takes 40");
    assertThatThrownBy(() -> one(new int[] {VOCABULARY}, settings))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("token id 29, and the ids of this base are 0 to 28");
    assertThatThrownBy(() -> one(new int[] {-1}, settings))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("token id -1");
  }

  /** Weights that are no numbers reach the scores; neither way of choosing may take them. */
  @Test
  void scoresThatAreNoNumbersAreRefused() throws IOException {
    RandomDecoder broken = RandomDecoder.write(folder, "llama", 32);
    try (Replica open =
            Replica.open(
                withoutNumbers(broken),
                broken.config(),
                Attachment.none(),
                new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1),
                folder);
        Parameters nothing = open.parameters(new float[0])) {
      Generator generator =
          new Generator(
              ids -> open.decodingPassAfter(nothing, ids), broken.config(), Optional.empty());
      List<int[]> prompts = List.of(new int[] {1});
      for (Sampling sampling : List.of(Sampling.greedy(), new Sampling(1, 0, 1, 1))) {
        GenerationSettings settings =
            new GenerationSettings(2, sampling, 1, List.of(), List.of(), 1);
        assertThatThrownBy(() -> generator.generate(prompts, settings, (prompt, piece) -> {}))
            .isInstanceOf(CorruptFileException.class)
            .hasMessageContaining("not finite");
      }
    }
  }

  private static BaseDirectory withoutNumbers(RandomDecoder decoder) {
    List<StoredTensor> tensors = new ArrayList<>();
    ModuleTree.of(decoder.config())
        .tensors()
        .forEach(
            (name, shape) -> {
              float[] values = new float[decoder.tensors().get(name).length];
              Arrays.fill(values, Float.NaN);
              tensors.add(StoredTensor.ofFloats(name, shape, values));
            });
    Path weights = decoder.directory().weights();
    SafetensorsWriter.write(weights, Map.of(), tensors);
    return new BaseDirectory(weights.getParent(), Sha256.ofFile(weights));
  }

  private Generated one(int[] prompt, GenerationSettings settings) {
    return generator(Optional.of(new Letters()))
        .generate(List.of(prompt), settings, (index, piece) -> {})
        .get(0);
  }

  private Generator generator(Optional<Tokenizer> tokenizer) {
    return new Generator(ids -> replica.decodingPassAfter(none, ids), decoder.config(), tokenizer);
  }

  private static GenerationSettings settings(int most, List<Integer> ends, List<String> stops) {
    return new GenerationSettings(most, Sampling.greedy(), 1, ends, stops, 2);
  }

  private static String spelled(List<Integer> ids) {
    return ids.stream().map(id -> String.valueOf((char) ('A' + id))).collect(Collectors.joining());
  }

  /** A letter for each id. */
  private static final class Letters implements Tokenizer {
    @Override
    public int[] encode(String text, int maximumTokens) {
      throw new UnsupportedOperationException();
    }

    @Override
    public TextEncoding encode(String text, SpecialTokens special) {
      throw new UnsupportedOperationException();
    }

    @Override
    public String decode(int[] ids, SpecialTokens special) {
      return spelled(Arrays.stream(ids).boxed().toList());
    }

    @Override
    public String[] tokens(int[] ids) {
      throw new UnsupportedOperationException();
    }

    @Override
    public OptionalInt id(String token) {
      return OptionalInt.empty();
    }

    @Override
    public List<AddedToken> addedTokens() {
      return List.of();
    }

    @Override
    public int vocabularySize() {
      return VOCABULARY;
    }

    @Override
    public int highestId() {
      return VOCABULARY - 1;
    }

    @Override
    public String sha256() {
      return "";
    }

    @Override
    public void close() {}
  }
}
