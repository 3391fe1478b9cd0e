package dev.rankwise.datasets.clean.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.datasets.source.RejectionReason;
import java.util.List;
import java.util.Map;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Each rule alone decides on a text that is a little over or under its limit. */
final class TestTextQuality {
  private static final TextQuality GOPHER = quality(QualityRules.GOPHER_QUALITY);
  private static final TextQuality REPETITION = quality(QualityRules.GOPHER_REPETITION);
  private static final TextQuality C4 = quality(QualityRules.C4);

  @Test
  void aTextNeedsFiftyWords() {
    assertThat(GOPHER.problem(words(50))).isEmpty();
    assertThat(GOPHER.problem(words(49))).contains(RejectionReason.WORD_COUNT);
    assertThat(GOPHER.problem(words(49) + " ! - .")).contains(RejectionReason.WORD_COUNT);
    assertThat(GOPHER.problem("")).contains(RejectionReason.WORD_COUNT);
    TextQuality fewer =
        new TextQuality(
            List.of(QualityRules.GOPHER_QUALITY),
            Map.of(QualityLimit.LEAST_WORDS, 3.0, QualityLimit.MOST_WORDS, 40.0));
    assertThat(fewer.problem("the letter to nobody")).isEmpty();
    assertThat(fewer.problem(words(41))).contains(RejectionReason.WORD_COUNT);
  }

  @Test
  void wordsHaveThreeToTenCharacters() {
    assertThat(GOPHER.problem("the to " + "ab ".repeat(60))).contains(RejectionReason.WORD_LENGTH);
    assertThat(GOPHER.problem("the to " + "abcdefghijkl ".repeat(60)))
        .contains(RejectionReason.WORD_LENGTH);
  }

  /** 5 of 55 words are below a tenth, 6 of 56 are above; the signs are words themselves. */
  @Test
  void hashSignsAndEllipsesAreFew() {
    assertThat(GOPHER.problem(words(50) + " #".repeat(5))).isEmpty();
    assertThat(GOPHER.problem(words(50) + " #".repeat(6))).contains(RejectionReason.SYMBOLS);
    assertThat(GOPHER.problem(words(50) + " ...".repeat(4) + " \u2026\u2026"))
        .contains(RejectionReason.SYMBOLS);
  }

  @Test
  void linesOfListsAndLinesThatBreakOffAreFew() {
    String lines = IntStream.range(0, 9).mapToObj(i -> "- " + words(8)).collect(lines());
    assertThat(GOPHER.problem(lines + "\n" + words(8))).isEmpty();
    assertThat(GOPHER.problem(lines + "\n* " + words(8))).contains(RejectionReason.LIST_LINES);
    String broken = IntStream.range(0, 3).mapToObj(i -> words(20) + "...").collect(lines());
    String whole = IntStream.range(0, 7).mapToObj(i -> words(20)).collect(lines());
    assertThat(GOPHER.problem(broken + "\n" + whole)).isEmpty();
    assertThat(GOPHER.problem(broken + "...\n" + whole + "..."))
        .contains(RejectionReason.LIST_LINES);
  }

  @Test
  void fourOfFiveWordsHaveALetter() {
    assertThat(GOPHER.problem(words(80) + " 12345".repeat(20))).isEmpty();
    assertThat(GOPHER.problem(words(80) + " 12345".repeat(21)))
        .contains(RejectionReason.FEW_LETTERS);
  }

  @Test
  void twoCommonWordsStandThere() {
    String rare = IntStream.range(0, 60).mapToObj(i -> "word" + i).collect(spaces());
    assertThat(GOPHER.problem(rare + " The OF")).isEmpty();
    assertThat(GOPHER.problem(rare + " the the")).contains(RejectionReason.FEW_STOP_WORDS);
  }

  @Test
  void linesAndParagraphsRepeatLittle() {
    String different =
        IntStream.range(0, 7).mapToObj(i -> "alone" + i + " at" + i).collect(lines());
    assertThat(REPETITION.problem(different + "\nx\nx\nx")).isEmpty();
    assertThat(REPETITION.problem(different + "\nx\nx\nx\nx\nx"))
        .contains(RejectionReason.REPEATED_LINES);
    String long1 = "a line that is much longer than the others";
    assertThat(REPETITION.problem(different + "\n" + long1 + "\n" + long1))
        .as("by characters")
        .contains(RejectionReason.REPEATED_LINES);
    assertThat(REPETITION.problem("one\ntwo\n\nthree\n\none\ntwo\n\none\ntwo"))
        .as("by paragraphs")
        .contains(RejectionReason.REPEATED_LINES);
  }

  @Test
  void runsOfWordsRepeatLittle() {
    String different = IntStream.range(0, 40).mapToObj(i -> "word" + i).collect(spaces());
    assertThat(REPETITION.problem(different)).isEmpty();
    assertThat(REPETITION.problem(different + " buy now".repeat(12)))
        .contains(RejectionReason.REPEATED_WORDS);
    String run = "these five words come twice";
    assertThat(REPETITION.problem(run + " " + different + " " + run)).isEmpty();
    String longer = IntStream.range(0, 20).mapToObj(i -> "again" + i).collect(spaces());
    assertThat(REPETITION.problem(longer + " " + different + " " + longer))
        .contains(RejectionReason.REPEATED_WORDS);
  }

  @Test
  void pagesHaveSentencesAndNoBoilerplate() {
    assertThat(C4.problem("One. Two! \u201CThree?\u201D")).isEmpty();
    assertThat(C4.problem("One. Two")).contains(RejectionReason.FEW_SENTENCES);
    assertThat(C4.problem("Version 1.2.3 of a.b.c")).contains(RejectionReason.FEW_SENTENCES);
    assertThat(C4.problem("\u4E00\u3002\u4E8C\u3002\u4E09\u3002")).isEmpty();
    for (String part :
        List.of("Lorem Ipsum", "function() {", "enable JavaScript", "we use cookies")) {
      assertThat(C4.problem("One. Two. Three. " + part)).contains(RejectionReason.BOILERPLATE);
    }
  }

  @Test
  void setsJudgeInTheirOrder() {
    TextQuality all =
        new TextQuality(List.of(QualityRules.C4, QualityRules.GOPHER_QUALITY), Map.of());
    assertThat(all.problem("few words")).contains(RejectionReason.WORD_COUNT);
    assertThat(TextQuality.NONE.problem("")).isEmpty();
    assertThat(QualityRules.named("gopher-repetition")).isEqualTo(QualityRules.GOPHER_REPETITION);
  }

  private static TextQuality quality(QualityRules rules) {
    return new TextQuality(List.of(rules), Map.of());
  }

  /** Words of which none repeats but the common ones. */
  private static String words(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> i == 0 ? "the" : i == 1 ? "that" : "words" + i)
        .collect(spaces());
  }

  private static Collector<CharSequence, ?, String> spaces() {
    return Collectors.joining(" ");
  }

  private static Collector<CharSequence, ?, String> lines() {
    return Collectors.joining("\n");
  }
}
