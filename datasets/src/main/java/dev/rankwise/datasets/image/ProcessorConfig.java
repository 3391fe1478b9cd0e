package dev.rankwise.datasets.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.datasets.image.PicturePreparation.Filter;
import dev.rankwise.datasets.image.PicturePreparation.Squaring;
import dev.rankwise.models.config.ImageShape;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.StrictJson;
import dev.rankwise.models.text.PrintableText;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * How a base wants its pictures, as the {@code preprocessor_config.json} beside it says in Hugging
 * Face's form. Without the file: stretched to its size by a triangle, means and deviations of 0.5,
 * as ViT's own processor does.
 */
public final class ProcessorConfig {
  /** Name of the file. */
  public static final String FILE = "preprocessor_config.json";

  private static final int MAXIMUM_BYTES = 1 << 20;
  private static final double HALF = 0.5;
  private static final double BYTE = 1 / 255.0;
  private static final int BILINEAR = 2;
  private static final int BICUBIC = 3;

  private final Path file;
  private final ObjectNode fields;

  private ProcessorConfig(Path file, ObjectNode fields) {
    this.file = file;
    this.fields = fields;
  }

  /**
   * Reads the file beside a base.
   *
   * @param folder the base's folder
   * @param images what the base reads
   * @throws UserInputException if the file asks for something that is not done here
   * @throws CorruptFileException if it is not such a file, or does not fit the base
   */
  public static PicturePreparation read(Path folder, ImageShape images) {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      return usual(images);
    }
    return new ProcessorConfig(file, StrictJson.read(file, MAXIMUM_BYTES)).preparation(images);
  }

  /** What is done without such a file. */
  public static PicturePreparation usual(ImageShape images) {
    List<Double> halves = Collections.nCopies(RasterImage.CHANNELS, HALF);
    return new PicturePreparation(
        images.side(), Squaring.STRETCHED, Filter.BILINEAR, halves, halves, ImageLimits.usual());
  }

  /**
   * The text of the file, in Hugging Face's form, for what prepares pictures so. How a picture
   * becomes square is no part of it.
   */
  public static String print(PicturePreparation preparation) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("do_normalize", true).put("do_rescale", true).put("do_resize", true);
    preparation.mean().forEach(json.putArray("image_mean")::add);
    preparation.deviation().forEach(json.putArray("image_std")::add);
    json.put("resample", preparation.filter() == Filter.BILINEAR ? BILINEAR : BICUBIC);
    json.put("rescale_factor", BYTE);
    json.putObject("size").put("height", preparation.side()).put("width", preparation.side());
    return json.toPrettyString() + "\n";
  }

  private PicturePreparation preparation(ImageShape images) {
    require("do_resize", flag("do_resize", true), "pictures are resized");
    require("do_rescale", flag("do_rescale", true), "colours are divided by 255");
    require("do_center_crop", !flag("do_center_crop", false), "nothing is cut off");
    double factor = number("rescale_factor", fields.path("rescale_factor"), BYTE);
    require("rescale_factor", Math.abs(factor - BYTE) < 1e-9, "colours are divided by 255");
    requireSide(images.side());
    int resample = (int) number("resample", fields.path("resample"), BILINEAR);
    require("resample", resample == BILINEAR || resample == BICUBIC, "2 and 3 are done here");
    boolean normalised = flag("do_normalize", true);
    return new PicturePreparation(
        images.side(),
        Squaring.STRETCHED,
        resample == BILINEAR ? Filter.BILINEAR : Filter.BICUBIC,
        channels("image_mean", normalised ? HALF : 0, normalised),
        channels("image_std", normalised ? HALF : 1, normalised),
        ImageLimits.usual());
  }

  /** One number for both sides, or one for each. */
  private void requireSide(int side) {
    JsonNode size = fields.path("size");
    JsonNode height = size.isObject() ? size.path("height") : size;
    JsonNode width = size.isObject() ? size.path("width") : size;
    boolean fits =
        size.isMissingNode()
            || size.isNull()
            || (number("size", height, 0) == side && number("size", width, 0) == side);
    if (!fits) {
      throw new CorruptFileException(
          ("File %s cannot be used: size is %s where the base reads %s x %s pixels; fetch the base"
                  + " again or mend the file")
              .formatted(file, shown(size), side, side));
    }
  }

  private List<Double> channels(String name, double otherwise, boolean read) {
    JsonNode node = fields.path(name);
    List<Double> values = new ArrayList<>();
    if (!read || node.isMissingNode() || node.isNull()) {
      return Collections.nCopies(RasterImage.CHANNELS, otherwise);
    }
    node.forEach(value -> values.add(number(name, value, otherwise)));
    if (values.size() != RasterImage.CHANNELS) {
      throw wrong(name, node, "must be a list of three numbers");
    }
    return values;
  }

  private boolean flag(String name, boolean otherwise) {
    JsonNode node = fields.path(name);
    if (node.isMissingNode() || node.isNull()) {
      return otherwise;
    }
    if (!node.isBoolean()) {
      throw wrong(name, node, "must be true or false");
    }
    return node.booleanValue();
  }

  private double number(String name, JsonNode node, double otherwise) {
    if (node.isMissingNode() || node.isNull()) {
      return otherwise;
    }
    if (!node.isNumber()) {
      throw wrong(name, node, "must be a number");
    }
    return node.doubleValue();
  }

  private void require(String name, boolean fine, String rule) {
    if (!fine) {
      throw new UserInputException(
          "File %s has %s %s, which is not supported: %s; choose another base"
              .formatted(file, name, shown(fields.path(name)), rule));
    }
  }

  private CorruptFileException wrong(String name, JsonNode value, String rule) {
    return new CorruptFileException(
        "File %s cannot be used: %s is %s and %s; fetch the base again or mend the file"
            .formatted(file, name, shown(value), rule));
  }

  private static String shown(JsonNode value) {
    return PrintableText.of(value.toString(), 80);
  }
}
