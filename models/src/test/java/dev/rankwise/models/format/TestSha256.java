package dev.rankwise.models.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestSha256 {
  private static final String EMPTY =
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  private static final String ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  @TempDir Path folder;

  @Test
  void agreesWithThePublishedVectors() throws IOException {
    assertThat(Sha256.ofBytes(new byte[0])).isEqualTo(EMPTY);
    assertThat(Sha256.ofText("abc")).isEqualTo(ABC);
    assertThat(Sha256.ofFile(Files.writeString(folder.resolve("abc"), "abc"))).isEqualTo(ABC);
    byte[] longer = new byte[1_000_003];
    assertThat(Sha256.ofFile(Files.write(folder.resolve("long"), longer)))
        .isEqualTo(Sha256.ofBytes(longer));
  }

  @Test
  void knowsAHashFromOtherText() {
    assertThat(Sha256.isHash(ABC)).isTrue();
    assertThat(Sha256.isHash(ABC.toUpperCase(java.util.Locale.ROOT))).isFalse();
    assertThat(Sha256.isHash(ABC.substring(1))).isFalse();
    assertThat(Sha256.isHash("/" + ABC.substring(1))).isFalse();
    assertThat(Sha256.isHash(":" + ABC.substring(1))).isFalse();
    assertThat(Sha256.isHash("g" + ABC.substring(1))).isFalse();
  }

  @Test
  void saysWhichFileIsMissing() {
    assertThatThrownBy(() -> Sha256.ofFile(folder.resolve("none")))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining(folder.resolve("none").toString());
  }
}
