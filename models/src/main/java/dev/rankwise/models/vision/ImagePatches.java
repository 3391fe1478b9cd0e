package dev.rankwise.models.vision;

import dev.rankwise.models.failure.InternalException;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The patches of all pictures of a micro-batch, and which of its tokens they are.
 *
 * @param numbers the patches one after the other, picture by picture, (patches, width)
 * @param width numbers of a patch; 0 where there is no picture
 * @param grids how each picture is cut, in order
 * @param tokens the token that each patch is, counted from the micro-batch's first, (patches),
 *     ascending
 * @param teacher what a teacher makes of the patches, for the input of each block that is compared
 *     with it, (patches, its width) each; empty where nothing is compared
 */
public record ImagePatches(
    float[] numbers, int width, List<PatchGrid> grids, int[] tokens, List<float[]> teacher) {
  /** Of a micro-batch without pictures. */
  public static final ImagePatches NONE =
      new ImagePatches(new float[0], 0, List.of(), new int[0], List.of());

  public ImagePatches {
    grids = List.copyOf(grids);
    teacher = List.copyOf(teacher);
    int patches = grids.stream().mapToInt(PatchGrid::patches).sum();
    if (patches != tokens.length || numbers.length != patches * width) {
      throw new InternalException(
          "Pictures have %s patches, and there are %s tokens and %s numbers for them"
              .formatted(patches, tokens.length, numbers.length));
    }
  }

  /**
   * Cuts pictures.
   *
   * @param patch height and width of a patch
   * @param tokens the token that each patch is, picture by picture
   */
  public static ImagePatches of(List<Picture> pictures, int patch, int[] tokens) {
    if (pictures.isEmpty()) {
      return NONE;
    }
    int width = pictures.get(0).channels() * patch * patch;
    List<PatchGrid> grids = pictures.stream().map(picture -> picture.grid(patch)).toList();
    float[] numbers = new float[grids.stream().mapToInt(PatchGrid::patches).sum() * width];
    int next = 0;
    for (int i = 0; i < grids.size(); i++) {
      pictures.get(i).cut(patch, numbers, next);
      next += grids.get(i).patches() * width;
    }
    return new ImagePatches(numbers, width, grids, tokens, List.of());
  }

  /** Cuts pictures whose patches are the tokens of one stretch. */
  public static ImagePatches of(List<Picture> pictures, int patch) {
    int patches = pictures.stream().mapToInt(it -> it.grid(patch).patches()).sum();
    return of(pictures, patch, IntStream.range(0, patches).toArray());
  }

  /**
   * The same patches as other tokens, of which no teacher has said anything.
   *
   * @param newTokens the token that each patch is
   */
  public ImagePatches at(int[] newTokens) {
    return new ImagePatches(numbers, width, grids, newTokens, List.of());
  }

  /** The same with what a teacher makes of the patches. */
  public ImagePatches taught(List<float[]> features) {
    return new ImagePatches(numbers, width, grids, tokens, features);
  }

  /**
   * The picture that each token belongs to, counted from 1; 0 where it belongs to none.
   *
   * @param rows how many tokens, with what they are filled up with
   */
  public int[] pictureOfToken(int rows) {
    int[] pictureOf = new int[rows];
    int patch = 0;
    for (int picture = 0; picture < grids.size(); picture++) {
      int end = patch + grids.get(picture).patches();
      for (; patch < end; patch++) {
        pictureOf[tokens[patch]] = picture + 1;
      }
    }
    return pictureOf;
  }

  /** Number of patches. */
  public int patches() {
    return tokens.length;
  }

  /**
   * The patch that each token is, counted from 1; 0 where it is none.
   *
   * @param rows how many tokens, with what they are filled up with
   */
  public int[] patchOfToken(int rows) {
    int[] patchOf = new int[rows];
    for (int patch = 0; patch < tokens.length; patch++) {
      patchOf[tokens[patch]] = patch + 1;
    }
    return patchOf;
  }
}
