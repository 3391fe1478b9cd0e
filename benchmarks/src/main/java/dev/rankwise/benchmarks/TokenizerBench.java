package dev.rankwise.benchmarks;

import dev.rankwise.datasets.source.wordnet.PartOfSpeech;
import dev.rankwise.datasets.source.wordnet.Synset;
import dev.rankwise.datasets.source.wordnet.WordNetView;
import dev.rankwise.models.tokenizer.DecodedStream;
import dev.rankwise.models.tokenizer.HuggingFaceTokenizer;
import dev.rankwise.models.tokenizer.SpecialTokens;
import dev.rankwise.models.tokenizer.Tokenizer;
import dev.rankwise.models.tokenizer.bpe.BpeSettings;
import dev.rankwise.models.tokenizer.bpe.BpeTrainer;
import dev.rankwise.models.tokenizer.bpe.BpeVocabulary;
import dev.rankwise.models.tokenizer.bpe.StretchCounts;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A tokenizer of 4,096 tokens for WordNet's dictionary (117,791 lines, 12 million characters), each
 * figure over the whole of it, on one thread.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 1)
@Measurement(iterations = 3)
public class TokenizerBench {
  private static final String FOLDER = "net/sf/extjwnl/data/wordnet/wn31/";
  private static final int VOCABULARY = 4096;

  private final List<String> lines = new ArrayList<>();
  private Path folder;
  private Tokenizer tokenizer;
  private int[] ids;

  /** Reads the dictionary, trains a tokenizer and says how many tokens the text has. */
  @Setup
  public void read() throws IOException {
    for (PartOfSpeech part : PartOfSpeech.values()) {
      try (BufferedReader reader =
          new BufferedReader(
              new InputStreamReader(
                  ClassLoader.getSystemResourceAsStream(FOLDER + part.file()),
                  StandardCharsets.UTF_8))) {
        reader
            .lines()
            .filter(line -> !Synset.isLicence(line))
            .map(line -> Synset.parse(part, line).orElseThrow())
            .forEach(synset -> lines.add(WordNetView.DICTIONARY.values(synset).get(1)));
      }
    }
    folder = Files.createTempDirectory("rankwise-bench");
    train().write(folder);
    tokenizer = HuggingFaceTokenizer.open(folder.resolve("tokenizer.json"));
    ids = tokenizer.encode(String.join("\n", lines.subList(0, 1000)), Integer.MAX_VALUE);
    System.out.printf("%d tokens, of which %d are streamed%n", encode(), ids.length);
  }

  /** Removes the files. */
  @TearDown
  public void remove() throws IOException {
    tokenizer.close();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path each : files.toList()) {
        Files.delete(each);
      }
    }
    Files.delete(folder);
  }

  /** Counts the stretches of all lines and learns the merges. */
  @Benchmark
  public BpeVocabulary train() {
    StretchCounts counts = new StretchCounts();
    lines.forEach(counts::add);
    return new BpeTrainer(BpeSettings.of(VOCABULARY)).train(counts);
  }

  /** Ids of all lines. */
  @Benchmark
  public long encode() {
    long tokens = 0;
    for (String line : lines) {
      tokens += tokenizer.encode(line, Integer.MAX_VALUE).length;
    }
    return tokens;
  }

  /** Ids of all lines with the characters of each token. */
  @Benchmark
  public long encodeWithSpans() {
    long tokens = 0;
    for (String line : lines) {
      tokens += tokenizer.encode(line, SpecialTokens.INCLUDED).length();
    }
    return tokens;
  }

  /** Text of the first thousand lines, token by token. */
  @Benchmark
  public int stream() {
    DecodedStream stream = new DecodedStream(tokenizer, SpecialTokens.INCLUDED);
    int characters = 0;
    for (int id : ids) {
      characters += stream.add(id).length();
    }
    return characters + stream.finish().length();
  }
}
