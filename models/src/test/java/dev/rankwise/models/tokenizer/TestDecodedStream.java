package dev.rankwise.models.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestDecodedStream {
  private static final List<String> TEXTS =
      List.of(
          "",
          "a b",
          "  two blanks  ",
          "你好, 世界! 😀👍🏽 naïve café\n\n\ttabs",
          "a\ufffdb\ufffd\ufffd\ufffd\ufffd\ufffdc",
          "ends unknown \ufffd");

  @TempDir Path folder;

  @Test
  void byteLevelPiecesMakeTheWholeText() throws IOException {
    Path file = SmallTokenizers.byteLevel(folder, List.of("Ġ b", "½ ł", "ł å"), List.of("<|e|>"));
    try (Tokenizer tokenizer = HuggingFaceTokenizer.open(file)) {
      for (String text : TEXTS) {
        int[] ids = tokenizer.encode(text, SpecialTokens.LEFT_OUT).ids();
        assertThat(tokenizer.decode(ids, SpecialTokens.INCLUDED)).isEqualTo(text);
        requireStreamed(tokenizer, ids, text);
      }
    }
  }

  @Test
  void byteFallbackPiecesMakeTheWholeText() throws IOException {
    Path file = SmallTokenizers.byteFallback(folder, List.of("▁", "a", "b"), List.of("▁ a"));
    try (Tokenizer tokenizer = HuggingFaceTokenizer.open(file)) {
      for (String text : TEXTS) {
        int[] ids = tokenizer.encode(text, SpecialTokens.INCLUDED).ids();
        assertThat(tokenizer.decode(ids, SpecialTokens.LEFT_OUT)).isEqualTo(text);
        requireStreamed(tokenizer, ids, text);
      }
    }
  }

  @Test
  void wordPiecesAreJoined() throws IOException {
    Path file = folder.resolve("wordpiece.json");
    try (InputStream json =
        TestDecodedStream.class.getResourceAsStream("/all-minilm-l6-v2-tokenizer.json")) {
      Files.copy(json, file);
    }
    try (Tokenizer tokenizer = HuggingFaceTokenizer.open(file)) {
      int[] ids = tokenizer.encode("an unbelievably rewarding, if odd, thing.", 64);
      String text = "an unbelievably rewarding, if odd, thing.";
      assertThat(tokenizer.decode(ids, SpecialTokens.LEFT_OUT)).isEqualTo(text);
      requireStreamed(tokenizer, ids, text);
    }
  }

  @Test
  void arbitraryBytesGiveWhatTheWholeGivesAndNoHalfCharacter() throws IOException {
    Path file = SmallTokenizers.byteLevel(folder, List.of(), List.of());
    Random random = new Random(7);
    try (Tokenizer tokenizer = HuggingFaceTokenizer.open(file)) {
      for (int round = 0; round < 300; round++) {
        int[] ids = random.ints(40, 0x7e, 256).toArray();
        requireStreamed(tokenizer, ids, tokenizer.decode(ids, SpecialTokens.LEFT_OUT));
      }
    }
  }

  @Test
  void aCharacterIsGivenOutOnceItIsWhole() throws IOException {
    Path file = SmallTokenizers.byteLevel(folder, List.of(), List.of());
    try (Tokenizer tokenizer = HuggingFaceTokenizer.open(file)) {
      DecodedStream stream = new DecodedStream(tokenizer, SpecialTokens.LEFT_OUT);
      assertThat(List.of(stream.add('x'), stream.add(0xf0), stream.add(0x9f), stream.add(0x98)))
          .containsExactly("x", "", "", "");
      assertThat(stream.add(0x80)).isEqualTo("😀");
      assertThat(stream.add(0xf0)).isEmpty();
      assertThat(stream.finish()).isEqualTo("\ufffd");
      assertThat(stream.finish()).isEmpty();
      assertThat(stream.add('y')).isEqualTo("y");
    }
  }

  @Test
  void bytesThatStayIncompleteDoNotTakeBackWhatWasGiven() throws IOException {
    Path file = SmallTokenizers.byteFallback(folder, List.of("▁", "a"), List.of());
    try (Tokenizer tokenizer = HuggingFaceTokenizer.open(file)) {
      DecodedStream stream = new DecodedStream(tokenizer, SpecialTokens.LEFT_OUT);
      int[] ids = tokenizer.encode("你", SpecialTokens.LEFT_OUT).ids();
      StringBuilder text = new StringBuilder();
      for (int id : ids) {
        text.append(stream.add(id));
      }
      assertThat(text).hasToString("你");
      assertThat(stream.add(ids[1])).isEmpty();
      assertThat(stream.add(tokenizer.id("a").getAsInt())).isEqualTo("\ufffda");
    }
  }

  @Test
  void specialTokensAreSpeltOutOnRequest() throws IOException {
    Path file = SmallTokenizers.byteLevel(folder, List.of(), List.of("<|end|>", "<tool_call>"));
    try (Tokenizer tokenizer = HuggingFaceTokenizer.open(file)) {
      int[] ids = tokenizer.encode("a<|end|><tool_call>b", SpecialTokens.LEFT_OUT).ids();
      assertThat(ids).containsExactly('a', 256, 257, 'b');
      assertThat(streamed(tokenizer, ids, SpecialTokens.INCLUDED))
          .containsExactly("a", "<|end|>", "<tool_call>", "b", "");
      assertThat(streamed(tokenizer, ids, SpecialTokens.LEFT_OUT))
          .containsExactly("a", "", "<tool_call>", "b", "");
    }
  }

  @Test
  void idsWithoutATokenLeaveNothingAndNegativeOnesAreRefused() throws IOException {
    Path file = SmallTokenizers.byteLevel(folder, List.of(), List.of());
    try (Tokenizer tokenizer = HuggingFaceTokenizer.open(file)) {
      assertThat(tokenizer.decode(new int[] {'a', 99_999, 'b'}, SpecialTokens.LEFT_OUT))
          .isEqualTo("ab");
      assertThatThrownBy(() -> tokenizer.decode(new int[] {-1}, SpecialTokens.LEFT_OUT))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("Not a token id: -1");
    }
  }

  private static void requireStreamed(Tokenizer tokenizer, int[] ids, String expected) {
    List<String> pieces = streamed(tokenizer, ids, SpecialTokens.LEFT_OUT);
    assertThat(String.join("", pieces)).isEqualTo(expected);
    for (String piece : pieces) {
      assertThat(piece.isEmpty() || !Character.isLowSurrogate(piece.charAt(0))).isTrue();
    }
  }

  private static List<String> streamed(Tokenizer tokenizer, int[] ids, SpecialTokens special) {
    DecodedStream stream = new DecodedStream(tokenizer, special);
    List<String> pieces = new ArrayList<>();
    for (int id : ids) {
      pieces.add(stream.add(id));
    }
    pieces.add(stream.finish());
    return pieces;
  }
}
