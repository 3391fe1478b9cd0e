package dev.rankwise.models.vision;

import dev.rankwise.models.failure.UserInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a decoder is to go on after: tokens, of which some may be the patches of pictures.
 *
 * @param ids token ids, (tokens); a placeholder where a patch is
 * @param pictures its pictures in order, whose patches the placeholders are; none of a text
 */
public record PicturedPrompt(int[] ids, List<Picture> pictures) {

  public PicturedPrompt {
    pictures = List.copyOf(pictures);
  }

  /** A text. */
  public static PicturedPrompt of(int[] ids) {
    return new PicturedPrompt(ids, List.of());
  }

  /** Number of tokens. */
  public int length() {
    return ids.length;
  }

  /**
   * Several prompts laid end to end.
   *
   * @param ids token ids of all of them, that of some token where a patch is
   * @param images their pictures
   */
  public record Together(int[] ids, ImagePatches images) {

    /**
     * Lays prompts end to end.
     *
     * @param patch height and width of a patch
     * @param placeholder the id that stands for a patch
     * @throws UserInputException if placeholders and patches do not come to the same number
     */
    public static Together of(List<PicturedPrompt> prompts, int patch, int placeholder) {
      int[] ids = prompts.stream().flatMapToInt(prompt -> IntStream.of(prompt.ids())).toArray();
      int[] places = IntStream.range(0, ids.length).filter(i -> ids[i] == placeholder).toArray();
      List<Picture> pictures = new ArrayList<>();
      for (PicturedPrompt prompt : prompts) {
        prompt.requireFitting(patch, placeholder);
        pictures.addAll(prompt.pictures());
      }
      for (int place : places) {
        ids[place] = 0;
      }
      return new Together(ids, ImagePatches.of(pictures, patch, places));
    }
  }

  private void requireFitting(int patch, int placeholder) {
    long places = IntStream.of(ids).filter(id -> id == placeholder).count();
    int patches = pictures.stream().mapToInt(picture -> picture.grid(patch).patches()).sum();
    if (places != patches) {
      throw new UserInputException(
          ("A prompt has places for %s patches, and its %s pictures have %s (each patch needs one);"
                  + " mark where each picture stands")
              .formatted(places, pictures.size(), patches));
    }
  }
}
