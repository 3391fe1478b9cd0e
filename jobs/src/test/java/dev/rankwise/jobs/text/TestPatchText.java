package dev.rankwise.jobs.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class TestPatchText {

  @Test
  void brightPatchesHaveDenseLetters() {
    byte[] colours = new byte[4 * 4 * 3];
    for (int row = 0; row < 2; row++) {
      // White in the upper right patch.
      Arrays.fill(colours, (row * 4 + 2) * 3, (row * 4 + 4) * 3, (byte) 255);
    }
    for (int row = 2; row < 4; row++) {
      // Grey in the lower left one.
      Arrays.fill(colours, row * 4 * 3, (row * 4 + 2) * 3, (byte) 128);
    }

    assertThat(PatchText.lines(4, 2, colours)).containsExactly("  @@", "++  ");
  }

  @Test
  void greenIsBrighterThanBlue() {
    assertThat(PatchText.lines(1, 1, new byte[] {0, (byte) 255, 0})).containsExactly("++");
    assertThat(PatchText.lines(1, 1, new byte[] {0, 0, (byte) 255})).containsExactly("..");
  }
}
