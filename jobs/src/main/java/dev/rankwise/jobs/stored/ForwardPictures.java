package dev.rankwise.jobs.stored;

import dev.rankwise.models.config.ImageShape;
import dev.rankwise.models.config.VisionEmbedding;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.TensorSpec;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.vision.ImagePatches;
import dev.rankwise.models.vision.Picture;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The pictures of a forward pass: {@code pixel_values} (pictures, channels, height, width), or
 * where their sizes differ {@code pixel_values.0}, {@code pixel_values.1} … (channels, height,
 * width); and for blocks that are compared with a teacher its features, {@code teacher.0}, {@code
 * teacher.1} … (patches of all pictures, width).
 *
 * @param file the inputs
 */
record ForwardPictures(SafetensorsFile file) {
  private static final String PIXELS = "pixel_values";
  private static final String TEACHER = "teacher.";
  private static final int AXES = 3;

  /** Pictures that a base of pictures reads: all of one size. */
  List<Picture> ofSize(ImageShape images) {
    List<Long> shape = file.tensors().containsKey(PIXELS) ? shape(PIXELS) : List.of();
    long side = images.side();
    List<Long> each = List.of((long) images.channels(), side, side);
    if (shape.size() != AXES + 1 || shape.get(0) < 1 || !shape.subList(1, AXES + 1).equals(each)) {
      throw invalid(
          PIXELS,
          shape.isEmpty()
              ? "is missing, this base needs it"
              : "has shape %s, must be (pictures, %s, %s, %s) for this base"
                  .formatted(shape, each.get(0), each.get(1), each.get(2)));
    }
    return cut(PIXELS, shape);
  }

  /**
   * A micro-batch with its pictures, whose patches stand where its ids were placeholders.
   *
   * @param places those tokens, counted from the micro-batch's first
   */
  TokenBatch among(TokenBatch batch, int[] places, VisionEmbedding vision) {
    List<Picture> pictures = anySize(vision.images());
    int patch = vision.images().patch();
    int patches = pictures.stream().mapToInt(picture -> picture.grid(patch).patches()).sum();
    if (patches != places.length) {
      throw invalid(
          "input_ids",
          "has %s placeholders %s, and the %s pictures have %s patches (each patch needs one)"
              .formatted(places.length, vision.placeholder(), pictures.size(), patches));
    }
    ImagePatches images = ImagePatches.of(pictures, patch, places);
    requireWhole(batch, images);
    return batch.with(patches == 0 ? images : images.taught(teacher(patches, vision)));
  }

  private List<Picture> anySize(ImageShape images) {
    List<Picture> pictures = new ArrayList<>();
    if (file.tensors().containsKey(PIXELS)) {
      pictures.addAll(cut(PIXELS, shape(PIXELS)));
    }
    for (String name = PIXELS + ".0"; file.tensors().containsKey(name); ) {
      pictures.addAll(cut(name, shape(name)));
      name = PIXELS + "." + pictures.size();
    }
    for (Picture picture : pictures) {
      boolean whole =
          picture.height() % images.patch() == 0
              && picture.width() % images.patch() == 0
              && picture.height() > 0
              && picture.width() > 0;
      if (picture.channels() != images.channels() || !whole) {
        throw invalid(
            PIXELS,
            "has a picture of (%s, %s, %s), must have %s channels and sides that patches of %s fill"
                .formatted(
                    picture.channels(),
                    picture.height(),
                    picture.width(),
                    images.channels(),
                    images.patch()));
      }
    }
    return pictures;
  }

  /** A picture lies within one sequence and without a gap. */
  private void requireWhole(TokenBatch batch, ImagePatches images) {
    int[] pictureOf = images.pictureOfToken(batch.tokens());
    int first = 0;
    for (int picture = 1; picture <= images.grids().size(); picture++) {
      int[] tokens = images.tokens();
      int begin = tokens[first];
      first += images.grids().get(picture - 1).patches();
      int end = tokens[first - 1];
      int number = picture;
      boolean dense = IntStream.rangeClosed(begin, end).allMatch(i -> pictureOf[i] == number);
      boolean within =
          Arrays.stream(batch.offsets()).noneMatch(offset -> begin < offset && offset <= end);
      if (!dense || !within) {
        throw invalid(
            "input_ids",
            "breaks picture %s apart, its patches must follow each other".formatted(picture));
      }
    }
  }

  private List<float[]> teacher(int patches, VisionEmbedding vision) {
    List<float[]> features = new ArrayList<>();
    for (int block = 0; block < vision.distilled(); block++) {
      String name = TEACHER + block;
      List<Long> expected = List.of((long) patches, (long) vision.width());
      if (!file.tensors().containsKey(name)) {
        throw invalid(name, "is missing, the adapter compares block %s with it".formatted(block));
      }
      if (!shape(name).equals(expected)) {
        throw invalid(name, "has shape %s, must be %s".formatted(shape(name), expected));
      }
      features.add(finite(name));
    }
    return features;
  }

  private List<Picture> cut(String name, List<Long> shape) {
    if (shape.size() != AXES && shape.size() != AXES + 1) {
      throw invalid(
          name, "has shape %s, must be (pictures, channels, height, width)".formatted(shape));
    }
    int[] sizes = shape.stream().mapToInt(Math::toIntExact).toArray();
    int channels = sizes[sizes.length - AXES];
    int height = sizes[sizes.length - 2];
    int width = sizes[sizes.length - 1];
    int numbers = channels * height * width;
    float[] pixels = finite(name);
    List<Picture> pictures = new ArrayList<>();
    for (int begin = 0; begin < pixels.length; begin += numbers) {
      float[] own = Arrays.copyOfRange(pixels, begin, begin + numbers);
      pictures.add(new Picture(channels, height, width, own));
    }
    return pictures;
  }

  private float[] finite(String name) {
    float[] values = file.floats(name);
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw invalid(name, "holds a number that is not finite");
      }
    }
    return values;
  }

  private List<Long> shape(String name) {
    TensorSpec tensor = file.tensors().get(name);
    return tensor.shape();
  }

  private UserInputException invalid(String name, String problem) {
    return ForwardInputs.invalid(file, name, problem);
  }
}
