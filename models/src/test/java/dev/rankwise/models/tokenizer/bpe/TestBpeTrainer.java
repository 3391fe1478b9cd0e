package dev.rankwise.models.tokenizer.bpe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.tokenizer.AddedToken;
import dev.rankwise.models.tokenizer.BoundaryTokens;
import dev.rankwise.models.tokenizer.HuggingFaceTokenizer;
import dev.rankwise.models.tokenizer.SpecialTokens;
import dev.rankwise.models.tokenizer.TextEncoding;
import dev.rankwise.models.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestBpeTrainer {
  private static final int BYTES_AND_SPECIAL = 258;

  @TempDir Path folder;

  @Test
  void theMostFrequentPairIsMergedAndOfEqualOnesTheLowest() {
    BpeVocabulary vocabulary =
        trained(List.of("low low low", "lower new", "new"), BpeSettings.of(BYTES_AND_SPECIAL + 4));

    // l·o and o·w occur 4 times each: l comes before o. Then lo·w 4, then blank·low, blank·n, e·w.
    assertThat(vocabulary.merges())
        .containsExactly(merge("l", "o"), merge("lo", "w"), merge("e", "w"), merge("n", "ew"));
    assertThat(vocabulary.tokens().subList(0, 3)).containsExactly("<|endoftext|>", "<|pad|>", "!");
    assertThat(vocabulary.tokens().subList(BYTES_AND_SPECIAL, vocabulary.tokens().size()))
        .containsExactly("lo", "low", "ew", "new");
  }

  @Test
  void mergesAreThoseOfTheDefinition() {
    Random random = new Random(11);
    for (int round = 0; round < 40; round++) {
      List<String> texts = texts(random, 12, round % 2 == 0 ? "ab" : "abc é'1");
      BpeSettings settings = BpeSettings.of(BYTES_AND_SPECIAL + 30).withMinimumCount(1 + round % 3);
      BpeVocabulary vocabulary = trained(texts, settings);
      assertThat(vocabulary.merges()).isEqualTo(PlainBpe.merges(texts, settings));
      assertThat(vocabulary.tokens()).doesNotHaveDuplicates();
    }
  }

  @Test
  void theOrderOfTheTextsDoesNotMatter() {
    List<String> texts = new ArrayList<>(texts(new Random(3), 50, "abcd e"));
    BpeVocabulary one = trained(texts, BpeSettings.of(400));
    Collections.reverse(texts);
    assertThat(trained(texts, BpeSettings.of(400))).isEqualTo(one);
  }

  @Test
  void huggingFaceTokenizersGivesTheSameIds() throws IOException {
    Random random = new Random(5);
    List<String> texts = texts(random, 400, "the low new ett's 'll \n\t  12é你😀\u00a0\u0085!?-");
    BpeVocabulary vocabulary = trained(texts, BpeSettings.of(700).withMinimumCount(1));
    assertThat(vocabulary.merges()).hasSizeGreaterThan(400);
    vocabulary.write(folder);
    try (Tokenizer tokenizer = HuggingFaceTokenizer.open(folder.resolve("tokenizer.json"))) {
      List<String> others =
          texts(random, 400, "the low new ett's 'll \n\t  34ê好👍\u2003\u000b._\ufffd");
      String all = String.join("", texts) + String.join("\r\n", others);
      TextEncoding encoding = tokenizer.encode(all, SpecialTokens.LEFT_OUT);
      assertThat(encoding.ids()).isEqualTo(PlainBpe.encode(all, vocabulary));
      assertThat(encoding.end(encoding.length() - 1)).isEqualTo(all.length());
      assertThat(tokenizer.decode(encoding.ids(), SpecialTokens.INCLUDED)).isEqualTo(all);
      assertThat(tokenizer.vocabularySize()).isEqualTo(vocabulary.tokens().size());
      for (int id = 0; id < vocabulary.tokens().size(); id++) {
        assertThat(tokenizer.id(vocabulary.tokens().get(id))).hasValue(id);
      }
    }
  }

  @Test
  void specialTokensComeFirstAndAreFoundInATextAsTheyStand() throws IOException {
    BpeSettings settings = BpeSettings.of(300).withFurther(List.of("<|user|>"));
    trained(List.of("<|user|> <|user|> abc"), settings).write(folder);
    try (Tokenizer tokenizer = HuggingFaceTokenizer.open(folder.resolve("tokenizer.json"))) {
      assertThat(tokenizer.addedTokens())
          .containsExactly(
              new AddedToken(0, "<|endoftext|>", true),
              new AddedToken(1, "<|pad|>", true),
              new AddedToken(2, "<|user|>", true));
      assertThat(tokenizer.encode("<|user|><|endoftext|>", SpecialTokens.LEFT_OUT).ids())
          .containsExactly(2, 0);
      BoundaryTokens boundaries = BoundaryTokens.of(folder, tokenizer);
      assertThat(boundaries.end()).hasValue(0);
      assertThat(boundaries.padding()).hasValue(1);
      assertThat(boundaries.beginning()).isEmpty();
      assertThat(boundaries.stops()).containsExactly(0);
    }
  }

  @Test
  void theSameTextsGiveTheSameBytes() throws IOException {
    List<String> texts = texts(new Random(9), 60, "abcdef g");
    trained(texts, BpeSettings.of(500)).write(folder.resolve("a"));
    trained(texts, BpeSettings.of(500)).write(folder.resolve("b"));
    assertThat(Files.readAllBytes(folder.resolve("a/tokenizer.json")))
        .isEqualTo(Files.readAllBytes(folder.resolve("b/tokenizer.json")));
  }

  @Test
  void trainingEndsWhenNoPairIsLeft() {
    BpeVocabulary vocabulary =
        trained(List.of("aaaa aa"), BpeSettings.of(1000).withMinimumCount(1));
    assertThat(vocabulary.tokens()).contains("aaaa", "Ġaa").hasSizeLessThan(270);
    assertThat(trained(List.of("ab"), BpeSettings.of(1000)).merges()).isEmpty();
  }

  @Test
  void nothingIsLearntFromNothing() {
    BpeTrainer trainer = new BpeTrainer(BpeSettings.of(300));
    trainer.add("");
    assertThatThrownBy(trainer::train)
        .isInstanceOf(DataException.class)
        .hasMessage("Cannot train a tokenizer: the texts are empty; name data that holds text");
  }

  @Test
  void impossibleSettingsAreRefused() {
    for (int size : List.of(-1, BYTES_AND_SPECIAL - 1, Integer.MAX_VALUE)) {
      assertThatThrownBy(() -> BpeSettings.of(size))
          .isInstanceOf(UserInputException.class)
          .hasMessage(
              "Invalid vocabulary size %d: 256 bytes and 2 special tokens need a size from 258 to"
                  + " 1048576; choose one of these",
              size);
    }
    BpeSettings settings = BpeSettings.of(300);
    assertThatThrownBy(() -> settings.withMinimumCount(0))
        .isInstanceOf(UserInputException.class)
        .hasMessage("Invalid minimum count 0: a pair is merged if it occurs; choose 1 or more");
    for (String token : List.of("", "end", "<|pad|>", "<<")) {
      List<String> tokens = List.of(token);
      assertThatThrownBy(() -> settings.withFurther(tokens))
          .isInstanceOf(UserInputException.class)
          .hasMessageContaining("Invalid special tokens [<|endoftext|>, <|pad|>, " + token + "]")
          .hasMessageContaining("so that no merge can give it");
    }
  }

  private static BpeVocabulary trained(List<String> texts, BpeSettings settings) {
    BpeTrainer trainer = new BpeTrainer(settings);
    texts.forEach(trainer::add);
    return trainer.train();
  }

  private static BpeVocabulary.Merge merge(String left, String right) {
    return new BpeVocabulary.Merge(left, right);
  }

  /** Texts of characters drawn from {@code letters}, repeated ones more often. */
  private static List<String> texts(Random random, int count, String letters) {
    int[] drawn = letters.codePoints().toArray();
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      StringBuilder text = new StringBuilder();
      for (int length = random.nextInt(40); length > 0; length--) {
        text.appendCodePoint(drawn[random.nextInt(drawn.length)]);
      }
      texts.add(text.toString());
    }
    return texts;
  }
}
