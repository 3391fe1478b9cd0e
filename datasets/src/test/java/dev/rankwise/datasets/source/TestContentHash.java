package dev.rankwise.datasets.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TestContentHash {

  @Test
  void hexIsPlainSha256OfTheText() {
    assertThat(ContentHash.hexOf("abc"))
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }

  @Test
  void bordersBetweenValuesCount() {
    assertThat(new ContentHash().add("ab").add("c").hex())
        .isNotEqualTo(new ContentHash().add("a").add("bc").hex());
  }

  @Test
  void absentIsNotEmpty() {
    assertThat(new ContentHash().add((byte[]) null).hex())
        .isNotEqualTo(new ContentHash().add(new byte[0]).hex());
  }

  @Test
  void textIsItsUtf8Bytes() {
    assertThat(new ContentHash().add("é").add(7L).hex())
        .isEqualTo(new ContentHash().add("é".getBytes(StandardCharsets.UTF_8)).add(7L).hex());
  }
}
