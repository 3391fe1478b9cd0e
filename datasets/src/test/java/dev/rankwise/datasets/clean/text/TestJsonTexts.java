package dev.rankwise.datasets.clean.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TestJsonTexts {
  private static final String TURNS =
      "[{\"role\":\"user\",\"content\":\"hi \\u0041\",\"n\":1.50,\"deep\":[\"in\",{\"x\":\"y\"}]},"
          + "{\"role\":\"assistant\",\"content\":null}]";

  @Test
  void textsAreAllStringsButNames() {
    JsonTexts json = JsonTexts.of(TURNS).orElseThrow();
    assertThat(json.texts()).containsExactly("hi A", "in", "y");
    assertThat(json.with(text -> text.toUpperCase(Locale.ROOT) + "\""))
        .isEqualTo(
            "[{\"role\":\"user\",\"content\":\"HI A\\\"\",\"n\":1.50,\"deep\":[\"IN\\\"\",{\"x\":\"Y\\\"\"}]},"
                + "{\"role\":\"assistant\",\"content\":null}]");
    assertThat(json.texts()).as("not changed itself").containsExactly("hi A", "in", "y");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "plain",
        "",
        "[1, 2]",
        "[\"a\"]",
        "[]",
        "{\"a\":",
        "{\"a\":1,\"a\":2}",
        "[{}] x",
        "{\"role\":\"b\"}",
        "[{\"a\":\"b\"}]",
        "[brackets] in a text"
      })
  void otherValuesAreTextsOfTheirOwn(String value) {
    assertThat(JsonTexts.of(value)).isEmpty();
  }
}
