package dev.rankwise.models.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TestStrictJson {
  @TempDir Path folder;

  @Test
  void readsAnObject() throws IOException {
    Path file = Files.writeString(folder.resolve("a.json"), " {\"a\": {\"b\": [1]}}\n");
    assertThat(StrictJson.read(file, 100).at("/a/b/0").intValue()).isEqualTo(1);
  }

  static Stream<Arguments> hostileTexts() {
    return Stream.of(
        arguments("", "does not hold a JSON object"),
        arguments("[1]", "does not hold a JSON object"),
        arguments("null", "does not hold a JSON object"),
        arguments("{\"a\":1", "not valid JSON"),
        arguments("{\"a\":NaN}", "not valid JSON"),
        arguments("{\"a\":1} {}", "not valid JSON"),
        arguments("{\"a\":1,\"a\":2}", "Duplicate field 'a'"),
        arguments("{\"a\":" + "[".repeat(2000), "not valid JSON"),
        arguments("{\"a\":\"" + "x".repeat(5000) + "\"}", "at most 4096 are read"));
  }

  @ParameterizedTest
  @MethodSource("hostileTexts")
  void refusesAnythingElse(String text, String message) throws IOException {
    Path file = Files.writeString(folder.resolve("a.json"), text);
    assertThatThrownBy(() -> StrictJson.read(file, 4096))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageStartingWith("JSON file " + file + " cannot be used: ")
        .hasMessageContaining(message)
        .hasMessageEndingWith("; fetch or write the file again");
  }

  @Test
  void refusesOtherEncodings() throws IOException {
    Path file = Files.write(folder.resolve("a.json"), new byte[] {'{', '"', (byte) 0xff, '"'});
    assertThatThrownBy(() -> StrictJson.read(file, 4096)).hasMessageContaining("it is not UTF-8");
    assertThatThrownBy(() -> StrictJson.read(folder.resolve("none"), 4096))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("no such file");
  }
}
