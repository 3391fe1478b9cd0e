package dev.rankwise.datasets.picture;

import dev.rankwise.datasets.chat.TextSpan;
import dev.rankwise.datasets.chat.UnusableRow;
import dev.rankwise.datasets.image.PicturePreparation;
import dev.rankwise.datasets.image.UnusableImage;
import dev.rankwise.datasets.pack.SequencePicture;
import dev.rankwise.datasets.pack.TrainedTokens;
import dev.rankwise.datasets.prompt.PictureMarks;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.tokenizer.SpecialTokens;
import dev.rankwise.models.tokenizer.Tokenizer;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * How the pictures of rows become tokens of a base: squares of one size, cut into square patches,
 * one token each.
 *
 * @param preparation how a file becomes such a square
 * @param patch height and width of a patch in pixels, of which the square's side is a multiple
 * @param placeholder the id that stands at a patch's token: one below 0 for a decoder, 0 for a base
 *     that reads nothing but pictures
 */
public record PictureForm(PicturePreparation preparation, int patch, int placeholder)
    implements Serializable {
  /** What {@link #described} calls the size of a picture. */
  public static final String SIDE = "image-side";

  /** What it calls how a picture became square. */
  public static final String SQUARING = "image-squaring";

  /** What it calls the size of a patch. */
  public static final String PATCH = "image-patch";

  public PictureForm {
    Objects.requireNonNull(preparation, "preparation");
    if (patch < 1 || preparation.side() % patch != 0) {
      throw new UserInputException(
          "Invalid patches of pictures: %s pixels of a side of %s (the side must be a multiple of a patch); name another size"
              .formatted(patch, preparation.side()));
    }
  }

  /** Patches, and so tokens, of a picture. */
  public int patches() {
    int perSide = preparation.side() / patch;
    return perSide * perSide;
  }

  /** Tokens of a picture for a base that reads nothing else: a class token and the patches. */
  public int tokens() {
    return 1 + patches();
  }

  /**
   * The colours of a picture file, as {@link PicturePreparation#colours} gives them.
   *
   * @throws UnusableRow if it holds no picture
   */
  public byte[] colours(byte[] file) {
    try {
      return preparation.colours(file);
    } catch (UnusableImage unusable) {
      throw new UnusableRow(
          switch (unusable.problem()) {
            case UNKNOWN_FORMAT -> RejectionReason.PICTURE_OF_UNKNOWN_FORMAT;
            case UNSUPPORTED_KIND -> RejectionReason.PICTURE_OF_UNSUPPORTED_KIND;
            case TRUNCATED -> RejectionReason.PICTURE_TRUNCATED;
            case DAMAGED -> RejectionReason.PICTURE_DAMAGED;
            case TOO_LARGE -> RejectionReason.PICTURE_TOO_LARGE;
          });
    }
  }

  /** Where pictures stand in texts, and what their patches are among token ids. */
  public PictureMarks marks() {
    return new PictureMarks(patches(), placeholder);
  }

  /**
   * The tokens of a text with its pictures.
   *
   * @param text with a mark for each picture
   * @param trained parts of the text that are trained on, in order, none over another; of a mark in
   *     them nothing is
   * @param colours of each picture
   */
  public TrainedTokens tokens(
      Tokenizer tokenizer, String text, List<TextSpan> trained, List<byte[]> colours) {
    TrainedTokens tokens =
        TrainedTokens.of(marks().encode(tokenizer, text, SpecialTokens.LEFT_OUT), trained);
    List<Integer> firsts = marks().firsts(tokens.ids());
    if (firsts.size() != colours.size()) {
      throw new InternalException(
          "A text has places for %s pictures, and there are %s"
              .formatted(firsts.size(), colours.size()));
    }
    List<SequencePicture> pictures =
        IntStream.range(0, firsts.size())
            .mapToObj(i -> new SequencePicture(firsts.get(i), colours.get(i)))
            .toList();
    return new TrainedTokens(tokens.ids(), tokens.trained(), pictures);
  }

  /** What shapes prepared data, in recipe words; normalising comes later, and is not among it. */
  public Map<String, String> described() {
    Map<String, String> described = new LinkedHashMap<>();
    described.put(SIDE, Integer.toString(preparation.side()));
    described.put(PATCH, Integer.toString(patch));
    described.put(SQUARING, word(preparation.shape()));
    described.put("image-filter", word(preparation.filter()));
    described.put("image-placeholder", Integer.toString(placeholder));
    return described;
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
