package dev.rankwise.models.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.InternalException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Pictures and their patches. */
class TestPicture {

  /** Each number says where it was: hundreds the channel, tens the row, ones the column. */
  private static Picture picture(int channels, int height, int width) {
    float[] pixels = new float[channels * height * width];
    for (int i = 0; i < pixels.length; i++) {
      int channel = i / (height * width);
      pixels[i] = channel * 100 + i / width % height * 10 + i % width;
    }
    return new Picture(channels, height, width, pixels);
  }

  @Test
  void patchesComeRowByRowEachWithItsChannelsOneAfterTheOther() {
    float[] patches = new float[1 + 2 * 2 * 3 * 4];

    picture(2, 4, 6).cut(2, patches, 1);

    assertThat(patches).startsWith(0, 0, 1, 10, 11, 100, 101, 110, 111);
    assertThat(patches[1 + 8]).as("second patch").isEqualTo(2);
    assertThat(patches[1 + 3 * 8]).as("second row of patches").isEqualTo(20);
    assertThat(patches).endsWith(124, 125, 134, 135);
  }

  @Test
  void whatIsLeftOverBelongsToNoPatch() {
    assertThat(picture(1, 5, 7).grid(2)).isEqualTo(new PatchGrid(2, 3));
  }

  @Test
  void aPictureHasAsManyNumbersAsItSays() {
    assertThatThrownBy(() -> new Picture(3, 2, 2, new float[11]))
        .isInstanceOf(InternalException.class)
        .hasMessage("Picture has 11 numbers where (3, 2, 2) has others");
  }

  @Test
  void patchesOfSeveralPicturesKnowTheirTokens() {
    List<Picture> pictures = List.of(picture(1, 2, 2), picture(1, 2, 4));

    ImagePatches patches = ImagePatches.of(pictures, 2, new int[] {1, 3, 4});

    assertThat(patches.grids()).containsExactly(new PatchGrid(1, 1), new PatchGrid(1, 2));
    assertThat(patches.numbers()).containsExactly(0, 1, 10, 11, 0, 1, 10, 11, 2, 3, 12, 13);
    assertThat(patches.patchOfToken(6)).containsExactly(0, 1, 0, 2, 3, 0);
    assertThat(ImagePatches.of(List.of(), 2, new int[0])).isSameAs(ImagePatches.NONE);
  }

  @Test
  void eachPatchIsAToken() {
    List<Picture> pictures = List.of(picture(1, 2, 4));

    assertThatThrownBy(() -> ImagePatches.of(pictures, 2, new int[] {0}))
        .isInstanceOf(InternalException.class)
        .hasMessage("Pictures have 2 patches, and there are 1 tokens and 8 numbers for them");
  }
}
