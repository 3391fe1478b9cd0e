package dev.rankwise.models.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestTextEncoding {
  @TempDir Path folder;

  @Test
  void byteLevelSpansCoverTheTextAndSayWhereEachCharacterLies() throws IOException {
    Path file = SmallTokenizers.byteLevel(folder, List.of("t h", "Ġ th"), List.of("<|end|>"));
    try (Tokenizer tokenizer = HuggingFaceTokenizer.open(file)) {
      String text = "th th é😀!<|end|>";
      TextEncoding encoding = tokenizer.encode(text, SpecialTokens.INCLUDED);
      assertThat(spelt(text, encoding))
          .containsExactly("th", " th", " ", "é", "é", "😀", "😀", "😀", "😀", "!", "<|end|>");
      assertThat(encoding.ids()).startsWith(256, 257).endsWith('!', 258);
      assertThat(encoding.isInserted(encoding.length() - 1)).isFalse();
      assertThat(encoding.end(encoding.length() - 1)).isEqualTo(text.length());
    }
  }

  @Test
  void aLoneSurrogateKeepsItsPlace() throws IOException {
    Path file = SmallTokenizers.byteLevel(folder, List.of(), List.of());
    try (Tokenizer tokenizer = HuggingFaceTokenizer.open(file)) {
      TextEncoding encoding = tokenizer.encode("\ud800x", SpecialTokens.INCLUDED);
      assertThat(encoding.ids()).containsExactly(0xef, 0xbf, 0xbd, 'x');
      assertThat(List.of(encoding.start(0), encoding.end(0), encoding.start(3), encoding.end(3)))
          .containsExactly(0, 1, 1, 2);
      assertThat(tokenizer.encode("", SpecialTokens.INCLUDED).length()).isZero();
    }
  }

  @Test
  void sentencePieceSpansPointIntoTheTextBeforeNormalising() throws IOException {
    Path file = SmallTokenizers.byteFallback(folder, List.of("▁", "a", "b"), List.of("▁ a"));
    try (Tokenizer tokenizer = HuggingFaceTokenizer.open(file)) {
      String text = "a b😀";
      TextEncoding whole = tokenizer.encode(text, SpecialTokens.INCLUDED);
      assertThat(tokenizer.tokens(whole.ids()))
          .containsExactly("<s>", "▁a", "▁", "b", "<0xF0>", "<0x9F>", "<0x98>", "<0x80>", "</s>");
      assertThat(spelt(text, whole)).containsExactly("", "a", " ", "b", "😀", "😀", "😀", "😀", "");
      assertThat(whole.isInserted(0)).isTrue();
      assertThat(whole.isInserted(1)).isFalse();
      assertThat(whole.isInserted(8)).isTrue();
      assertThat(whole.start(0)).isZero();
      assertThat(whole.end(8)).isEqualTo(text.length());
      TextEncoding plain = tokenizer.encode(text, SpecialTokens.LEFT_OUT);
      assertThat(plain.length()).isEqualTo(whole.length() - 2);
      assertThat(spelt(text, plain)).isEqualTo(spelt(text, whole).subList(1, 8));
      assertThat(plain.id(0)).isEqualTo(whole.id(1));
    }
  }

  @Test
  void wordPieceSpansPointIntoTheTextBeforeLowering() throws IOException {
    Path file = folder.resolve("wordpiece.json");
    try (InputStream json =
        TestTextEncoding.class.getResourceAsStream("/all-minilm-l6-v2-tokenizer.json")) {
      Files.copy(json, file);
    }
    try (Tokenizer tokenizer = HuggingFaceTokenizer.open(file)) {
      String text = "Die 😀 Überraschung!";
      TextEncoding encoding = tokenizer.encode(text, SpecialTokens.LEFT_OUT);
      List<String> spelt = spelt(text, encoding);
      assertThat(spelt).startsWith("Die", "😀").endsWith("!");
      assertThat(String.join("", spelt)).isEqualTo(text.replace(" ", ""));
    }
  }

  @Test
  void encodingsAreValues() {
    TextEncoding one = encoding(1);
    assertThat(one).isEqualTo(encoding(1)).hasSameHashCodeAs(encoding(1)).hasToString("1 tokens");
    assertThat(one).isNotEqualTo(encoding(2)).isNotEqualTo("1 tokens");
    assertThat(one)
        .isNotEqualTo(new TextEncoding(one.ids(), new int[1], new int[1], new boolean[1]))
        .isNotEqualTo(new TextEncoding(one.ids(), new int[1], new int[] {3}, new boolean[] {true}));
    int[] two = new int[2];
    boolean[] flags = new boolean[1];
    assertThatThrownBy(() -> new TextEncoding(one.ids(), two, new int[1], flags))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new TextEncoding(one.ids(), new int[1], two, flags))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new TextEncoding(two, two, two, flags))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static TextEncoding encoding(int id) {
    return new TextEncoding(new int[] {id}, new int[] {0}, new int[] {3}, new boolean[] {false});
  }

  private static List<String> spelt(String text, TextEncoding encoding) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < encoding.length(); i++) {
      parts.add(text.substring(encoding.start(i), encoding.end(i)));
    }
    return parts;
  }
}
