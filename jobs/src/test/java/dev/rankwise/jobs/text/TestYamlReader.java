package dev.rankwise.jobs.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.UserInputException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TestYamlReader {

  @Test
  void mapsListsAndTextsKeepTheirOrderLinesAndQuotes() {
    YamlNode node =
        YamlReader.read("\uFEFF# start\nb: [1, '2', ~]\n\na: |\n  x\n  y\n").orElseThrow();

    assertThat(node)
        .isEqualTo(
            new YamlNode.Entries(
                List.of(
                    new YamlNode.Entry(
                        "b",
                        new YamlNode.Items(
                            List.of(
                                new YamlNode.Scalar("1", true),
                                new YamlNode.Scalar("2", false),
                                new YamlNode.Scalar("~", true))),
                        2),
                    new YamlNode.Entry("a", new YamlNode.Scalar("x\ny\n", false), 4))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# only a comment\n", "---\n...\n", "null"})
  void nothingIsNothing(String yaml) {
    assertThat(YamlReader.read(yaml)).isEmpty();
  }

  @Test
  void quotedNullIsAText() {
    assertThat(YamlReader.read("'null'")).contains(new YamlNode.Scalar("null", false));
  }

  @Test
  void aliasesThatMultiplyAreRefusedBeforeTheyDo() {
    StringBuilder laughs = new StringBuilder("a0: &a0 [ha, ha]\n");
    for (int i = 1; i < 40; i++) {
      laughs.append("a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
    }
    assertThatThrownBy(() -> YamlReader.read(laughs.toString()))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "line 1: an anchor or alias is not read in a recipe; write the value out where it is"
                + " meant");
    assertThatThrownBy(() -> YamlReader.read("a: 1\nb: *a\n")).hasMessageStartingWith("line 2: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a: !!javax.script.ScriptEngineManager [x]",
        "a: !!str 5",
        "a: !mine {b: c}",
        "!!map {b: c}"
      })
  void tagsAreRefused(String yaml) {
    assertThatThrownBy(() -> YamlReader.read(yaml))
        .isInstanceOf(UserInputException.class)
        .hasMessage("line 1: a tag is not read in a recipe; write the value without it");
  }

  @Test
  void aKeyGivenTwiceIsRefused() {
    assertThatThrownBy(() -> YamlReader.read("a: 1\nb:\n  c: 1\n  c: 2\n"))
        .hasMessage("line 4: the key \"c\" a second time is not read in a recipe; keep one");
  }

  @ParameterizedTest
  @ValueSource(strings = {"? [a]\n: b\n", "{[a]: b}", "{{a: b}: c}"})
  void aKeyMustBeAText(String yaml) {
    assertThatThrownBy(() -> YamlReader.read(yaml))
        .hasMessageContaining("a key that is no text is not read in a recipe; write key: value");
  }

  @Test
  void aSecondDocumentIsRefused() {
    assertThatThrownBy(() -> YamlReader.read("a: 1\n---\nb: 2\n"))
        .hasMessage(
            "line 3: a second document is not read in a recipe; keep one document in a recipe");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[", "{a: ", "- "})
  void nestingHasAnEnd(String opening) {
    assertThatThrownBy(() -> YamlReader.read(opening.repeat(100_000)))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("nesting deeper than 20 is not read in a recipe");
  }

  @Test
  void aTextOfTenMegabytesIsNotParsed() {
    assertThatThrownBy(() -> YamlReader.read("a: " + "x".repeat(10_000_000)))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "10000003 characters are too long for a recipe (must be at most 1048576); name data by"
                + " its path");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a: [hunter2\n",
        "a: 'hunter2\n",
        "a: \"\\hunter2\"\n",
        "a: hunter2: 3\n",
        "hunter2\nb: 1\n",
        "a: %hunter2\n",
        "a: @hunter2\n",
        "\thunter2: 1\n"
      })
  void whatIsNotYamlIsToldByItsLineWithoutItsText(String yaml) {
    assertThatThrownBy(() -> YamlReader.read(yaml))
        .isInstanceOf(UserInputException.class)
        .hasMessageMatching(
            "line \\d: not YAML: .*; mend the indentation, quotes or brackets there")
        .hasMessageNotContaining("hunter2");
  }

  @Test
  void charactersThatYamlDoesNotAllowAreRefused() {
    assertThatThrownBy(() -> YamlReader.read("a: \u0000hunter2"))
        .isInstanceOf(UserInputException.class)
        .hasMessage("not YAML: a character that YAML does not allow; keep to text in UTF-8");
  }

  @Test
  void whatIsWrittenIsReadAgain() {
    for (String text :
        List.of(
            "",
            " ",
            "plain",
            "null",
            "NO",
            "1e3",
            "a: b",
            "[x]",
            "#x",
            "\"\\",
            "\n\t\u0007",
            "é",
            "\u2028",
            "漢字",
            "😀",
            "*a",
            "-",
            "x ")) {
      YamlNode read = YamlReader.read("k: " + YamlWriter.value(text)).orElseThrow();
      assertThat(((YamlNode.Entries) read).entries().get(0).value())
          .isInstanceOfSatisfying(
              YamlNode.Scalar.class,
              scalar -> {
                assertThat(scalar.text()).isEqualTo(text);
                assertThat(scalar.isNull()).isFalse();
              });
    }
  }

  @ParameterizedTest
  @CsvSource({"8, 8", "0.01, 0.01", "5e-4, 5e-4", "1.25e-9, 1.25e-9", "1e10, 1e10", "0.1, 0.1"})
  void numbersAreWrittenInTheirShortestDigits(double number, String written) {
    assertThat(YamlWriter.value(number)).isEqualTo(written);
    assertThat(Double.parseDouble(written)).isEqualTo(number);
  }

  @Test
  void valuesAreWrittenInOneLine() {
    assertThat(YamlWriter.value(null)).isEqualTo("null");
    assertThat(YamlWriter.value(List.of("a b", 1L, 0.5, true)))
        .isEqualTo("[\"a b\", 1, 0.5, true]");
    assertThat(YamlWriter.value(Map.of(".*x", 2L))).isEqualTo("{\".*x\": 2}");
    assertThat(YamlWriter.value("a\nb")).isEqualTo("\"a\\nb\"");
  }
}
