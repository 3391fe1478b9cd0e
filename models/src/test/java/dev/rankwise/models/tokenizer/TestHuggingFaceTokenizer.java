package dev.rankwise.models.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.models.Golden;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.format.StrictJson;
import dev.rankwise.models.source.BaseDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestHuggingFaceTokenizer {
  @TempDir static Path folder;
  private static Path file;
  private static HuggingFaceTokenizer tokenizer;

  @BeforeAll
  static void openTheTokenizerOfMiniLm() throws IOException {
    file = folder.resolve("tokenizer.json");
    try (InputStream json =
        TestHuggingFaceTokenizer.class.getResourceAsStream("/all-minilm-l6-v2-tokenizer.json")) {
      Files.copy(json, file);
    }
    tokenizer = HuggingFaceTokenizer.open(file);
  }

  @AfterAll
  static void close() {
    tokenizer.close();
  }

  @Test
  void agreesWithTransformersOnEveryGoldenSentence() {
    ObjectNode golden = StrictJson.read(Golden.file("minilm/sentences.json"), 16 << 20);
    int limit = golden.get("limit").intValue();
    for (JsonNode sentence : golden.get("sentences")) {
      String text = sentence.get("text").textValue();
      int[] ids = tokenizer.encode(text, limit);
      assertThat(ids).as(text).containsExactly(integers(sentence.get("ids")));
      List<String> tokens = new ArrayList<>();
      sentence.get("tokens").forEach(token -> tokens.add(token.textValue()));
      assertThat(tokenizer.tokens(ids)).as(text).containsExactlyElementsOf(tokens);
      assertThat(tokenizer.encode(text, 1_000_000))
          .hasSize(sentence.get("length_without_limit").intValue());
    }
  }

  @Test
  void keepsTheSpecialTokensWhenItCuts() {
    assertThat(tokenizer.encode("the the the the", 6))
        .containsExactly(101, 1996, 1996, 1996, 1996, 102);
    assertThat(tokenizer.encode("the the the the", 4)).containsExactly(101, 1996, 1996, 102);
    assertThat(tokenizer.encode("the", 2)).containsExactly(101, 102);
    assertThatThrownBy(() -> tokenizer.encode("the", 1))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "A sequence of 1 tokens has no room for the 2 special tokens of this tokenizer; allow"
                + " more tokens");
  }

  @Test
  void readsSpecialTokensInATextAsTransformersDoes() {
    assertThat(tokenizer.encode("the [SEP] the", 9)).containsExactly(101, 1996, 102, 1996, 102);
  }

  @Test
  void survivesTextsThatAreNoText() {
    assertThat(tokenizer.encode("\ud800 the \udc00", 9)).contains(1996);
    assertThat(tokenizer.encode("\u0000the\u0000", 9)).containsExactly(101, 1996, 102);
    assertThat(tokenizer.encode("😀", 9)).containsExactly(101, 100, 102);
    assertThat(tokenizer.encode("a".repeat(10_000_000), 9)).containsExactly(101, 100, 102);
  }

  @Test
  void knowsItsVocabulary() {
    assertThat(tokenizer.vocabularySize()).isEqualTo(30522);
    assertThat(tokenizer.sha256()).isEqualTo(Sha256.ofFile(file));
    assertThat(tokenizer.tokens(new int[] {0, 30521, 30522, -1}))
        .containsExactly("[PAD]", "##～", "<30522>", "<-1>");
    assertThat(tokenizer.highestId()).isEqualTo(30521);
    assertThat(tokenizer.id("##～")).hasValue(30521);
    assertThat(tokenizer.id("[SEP]")).hasValue(102);
    assertThat(tokenizer.id("no such token")).isEmpty();
    assertThat(tokenizer.addedTokens())
        .contains(new AddedToken(0, "[PAD]", true), new AddedToken(103, "[MASK]", true))
        .hasSize(5);
  }

  @Test
  void givesEveryThreadTheSameIds() throws Exception {
    String text = "a low-rank update of the frozen base, told in a few words";
    int[] expected = tokenizer.encode(text, 64);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    List<Callable<Boolean>> calls = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      calls.add(() -> Arrays.equals(tokenizer.encode(text, 64), expected));
    }
    for (Future<Boolean> call : threads.invokeAll(calls)) {
      assertThat(call.get()).isTrue();
    }
    threads.shutdown();
  }

  @Test
  void replacementsThatWouldFillTheMemoryAreRefused() throws IOException {
    String step = "{\"type\": \"Replace\", \"pattern\": {\"String\": \"a\"}, \"content\": \"aa\"}";
    String words =
        """
        {"version": "1.0", "added_tokens": [],
         "normalizer": {"type": "Sequence", "normalizers": [%s]},
         "pre_tokenizer": {"type": "Whitespace"},
         "model": {"type": "WordLevel", "unk_token": "b", "vocab": {"aaaaaaaa": 0, "b": 1}}}
        """;
    Path few = write(words.formatted(String.join(", ", Collections.nCopies(3, step))));
    try (HuggingFaceTokenizer opened = HuggingFaceTokenizer.open(few)) {
      assertThat(opened.encode("a", 9)).containsExactly(0);
    }
    Path many = write(words.formatted(String.join(", ", Collections.nCopies(40, step))));
    assertThatThrownBy(() -> HuggingFaceTokenizer.open(many))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("its replacements may make a text over 4096 times as long");
    String pattern =
        step.replace("String", "Regex").replace("\"aa\"", "\"" + "b".repeat(5000) + "\"");
    Path wide = write(words.formatted(pattern));
    assertThatThrownBy(() -> HuggingFaceTokenizer.open(wide))
        .isInstanceOf(CorruptFileException.class);
  }

  /** A block of units in which "b" leads to the first text, "a", as sentencepiece lays them. */
  @Test
  void precompiledMapIsReadAndOneThatLeadsOutsideIsRefused() throws IOException {
    try (HuggingFaceTokenizer opened = HuggingFaceTokenizer.open(precompiled(map -> {}))) {
      assertThat(opened.encode("b", 9)).containsExactly(opened.encode("a", 9));
    }
    List<Consumer<ByteBuffer>> damages =
        List.of(
            leadsOutside -> leadsOutside.putInt(4 + 4 * 7, 300 << 10),
            leadsFar -> leadsFar.putInt(4 + 4 * 7, 1 << 9 | 0x3fffff << 10),
            behindTheTexts -> behindTheTexts.putInt(4 + 4 * (99 ^ 2), 1 << 31 | 2),
            withinACharacter -> withinACharacter.put(4 + 1024, (byte) 0x80),
            cut -> cut.putInt(0, 2048));
    for (Consumer<ByteBuffer> damage : damages) {
      Path file = precompiled(damage);
      assertThatThrownBy(() -> HuggingFaceTokenizer.open(file))
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining("its precompiled map of characters is damaged");
    }
  }

  private static Path precompiled(Consumer<ByteBuffer> damage) throws IOException {
    byte[] bytes = new byte[4 + 1024 + 2];
    ByteBuffer map = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    map.putInt(0, 1024);
    // From the root by offset 1 and "b" (98) to unit 99, whose value lies at offset 2.
    map.putInt(4, 1 << 10);
    map.putInt(4 + 4 * 99, 98 | 1 << 8 | 2 << 10);
    map.putInt(4 + 4 * (99 ^ 2), 1 << 31);
    map.put(4 + 1024, (byte) 'a');
    damage.accept(map);
    return write(
        """
        {"version": "1.0", "added_tokens": [], "pre_tokenizer": {"type": "Whitespace"},
         "normalizer": {"type": "Sequence", "normalizers": [
           {"type": "Precompiled", "precompiled_charsmap": "%s"}]},
         "model": {"type": "WordLevel", "unk_token": "c", "vocab": {"a": 0, "b": 1, "c": 2}}}
        """
            .formatted(Base64.getEncoder().encodeToString(bytes)));
  }

  @Test
  void idsMayNotLeaveOutMoreThanTheirTokensTake() throws IOException {
    String words =
        """
        {"version": "1.0", "added_tokens": [], "pre_tokenizer": {"type": "Whitespace"},
         "model": {"type": "WordLevel", "unk_token": "b", "vocab": {"a": %s, "b": 1}}}
        """;
    try (HuggingFaceTokenizer opened = HuggingFaceTokenizer.open(write(words.formatted(60_000)))) {
      assertThat(opened.encode("a", 9)).containsExactly(60_000);
    }
    Path hole = write(words.formatted(1 << 24));
    assertThatThrownBy(() -> HuggingFaceTokenizer.open(hole))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("it has no usable vocabulary");
  }

  @Test
  void isNotUsedAfterItIsClosed() {
    HuggingFaceTokenizer closed = HuggingFaceTokenizer.open(file);
    closed.close();
    closed.close();
    assertThatThrownBy(() -> closed.encode("the", 9))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("The tokenizer is closed");
  }

  @Test
  void readsAUnigramVocabularyAndAddedTokens() throws IOException {
    Path unigram =
        write(
            """
            {"version": "1.0", "truncation": {"max_length": 1}, "padding": 3,
             "added_tokens": [{"id": 2, "content": "<s>", "single_word": false, "lstrip": false,
               "rstrip": false, "normalized": false, "special": true}],
             "normalizer": null, "pre_tokenizer": null, "post_processor": null, "decoder": null,
             "model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], ["a", -1.0]]}}
            """);
    try (HuggingFaceTokenizer opened = HuggingFaceTokenizer.open(unigram)) {
      assertThat(opened.encode("aa<s>a", 9)).containsExactly(1, 1, 2, 1);
      assertThat(opened.encode("aa<s>a", 2)).containsExactly(1, 1);
      assertThat(opened.tokens(new int[] {0, 1, 2})).containsExactly("<unk>", "a", "<s>");
      assertThat(opened.vocabularySize()).isEqualTo(3);
    }
  }

  @Test
  void refusesAFileThatIsNoTokenizer() throws IOException {
    Path empty = write("{}");
    assertThatThrownBy(() -> HuggingFaceTokenizer.open(empty))
        .isInstanceOf(CorruptFileException.class)
        .hasMessage(
            "Tokenizer file %s cannot be used: it has no usable vocabulary; fetch the base again",
            empty);
    Path unknown = write("{\"model\": {\"type\": \"Magic\", \"vocab\": {\"a\": 0}}}");
    assertThatThrownBy(() -> HuggingFaceTokenizer.open(unknown))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("the tokenizers library refuses it");
    Path negative = write("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": -1}}}");
    assertThatThrownBy(() -> HuggingFaceTokenizer.open(negative))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("no usable vocabulary");
  }

  @Test
  void refusesATemplateThatInsertsAnUnknownToken() throws IOException {
    String json =
        Files.readString(SmallTokenizers.byteFallback(folder, List.of("▁", "a"), List.of()));
    ObjectNode single = StrictJson.read(write(json), 1 << 20);
    ((ObjectNode) single.path("post_processor").path("special_tokens")).remove("</s>");
    ObjectNode sequence = single.deepCopy();
    sequence.putObject("post_processor").put("type", "Sequence");
    sequence.withArray("/post_processor/processors").add(single.path("post_processor"));
    for (ObjectNode broken : List.of(single, sequence)) {
      Path written = write(broken.toString());
      assertThatThrownBy(() -> HuggingFaceTokenizer.open(written))
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining(
              "its post-processor inserts a special token that it does not define");
    }
  }

  @Test
  void refusesAddedTokensThatTheLibraryNumbersOtherwise() throws IOException {
    String json = Files.readString(SmallTokenizers.byteLevel(folder, List.of(), List.of("<|e|>")));
    Path gap = write(json.replace("\"id\":256", "\"id\":300"));
    assertThatThrownBy(() -> HuggingFaceTokenizer.open(gap))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("its added token with id 300 is read as id 256");
  }

  @Test
  void saysWhatATextIsMissing() throws IOException {
    String json = Files.readString(SmallTokenizers.unigram(folder));
    Path withoutUnknown = write(json.replace("\"unk_id\":0,", ""));
    try (Tokenizer opened = HuggingFaceTokenizer.open(withoutUnknown)) {
      assertThatThrownBy(() -> opened.encode("x", 9))
          .isInstanceOf(CorruptFileException.class)
          .hasMessageStartingWith(
              "Tokenizer file %s cannot be used: it cannot read", withoutUnknown)
          .hasMessageContaining("unk_id");
    }
  }

  @Test
  void splitsATextTheSameEachTime() throws IOException {
    String json = Files.readString(SmallTokenizers.byteLevel(folder, List.of("t h"), List.of()));
    Path random = write(json.replace("\"type\":\"BPE\"", "\"type\":\"BPE\",\"dropout\":0.9"));
    try (Tokenizer opened = HuggingFaceTokenizer.open(random)) {
      assertThat(opened.encode("th".repeat(40), 80)).hasSize(40).containsOnly(256);
    }
  }

  @Test
  void refusesATokenizerWithMoreIdsThanItsBase() throws IOException {
    Path base = Files.createTempDirectory(folder, "base");
    Files.copy(file, base.resolve("tokenizer.json"));
    Path config = base.resolve("config.json");
    String fields =
        """
        {"architectures": ["BertModel"], "model_type": "bert", "hidden_size": 16,
         "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 24,
         "vocab_size": %d, "max_position_embeddings": 48, "hidden_act": "gelu"}
        """;
    BaseDirectory directory = new BaseDirectory(base, "0".repeat(64));
    Files.writeString(config, fields.formatted(30521));
    assertThatThrownBy(() -> HuggingFaceTokenizer.of(directory))
        .isInstanceOf(CorruptFileException.class)
        .hasMessage(
            "Tokenizer file %s has ids up to 30521, but the token table of its base has 30521"
                + " rows; put the tokenizer there that the base was trained with",
            base.resolve("tokenizer.json"));
    Files.writeString(config, fields.formatted(30592));
    try (Tokenizer opened = HuggingFaceTokenizer.of(directory)) {
      assertThat(opened.highestId()).isEqualTo(30521);
    }
  }

  private static Path write(String json) throws IOException {
    return Files.writeString(Files.createTempFile(folder, "tokenizer", ".json"), json);
  }

  private static int[] integers(JsonNode list) {
    int[] values = new int[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = list.get(i).intValue();
    }
    return values;
  }
}
