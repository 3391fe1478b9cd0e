package dev.rankwise.datasets.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.image.PicturePreparation.Filter;
import dev.rankwise.datasets.image.PicturePreparation.Squaring;
import dev.rankwise.models.config.ImageShape;
import dev.rankwise.models.failure.RankwiseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a base wants its pictures. */
final class TestProcessorConfig {
  private static final ImageShape SHAPE = new ImageShape(16, 4, 3);
  private static final List<Double> HALVES = List.of(0.5, 0.5, 0.5);

  @TempDir Path folder;

  private PicturePreparation read(String json) throws IOException {
    Files.writeString(folder.resolve(ProcessorConfig.FILE), json);
    return ProcessorConfig.read(folder, SHAPE);
  }

  @Test
  void withoutAFileItIsVitsOwn() {
    assertThat(ProcessorConfig.read(folder, SHAPE))
        .isEqualTo(
            new PicturePreparation(
                16, Squaring.STRETCHED, Filter.BILINEAR, HALVES, HALVES, ImageLimits.usual()));
  }

  @Test
  void bothSpellingsOfTheSizeAreRead() throws IOException {
    assertThat(read("{\"size\": 16, \"image_processor_type\": \"ViTImageProcessor\"}"))
        .isEqualTo(read("{\"size\": {\"height\": 16, \"width\": 16}}"));
  }

  @Test
  void meansDeviationsAndFilterAreTheFiles() throws IOException {
    PicturePreparation read =
        read(
            """
            {"do_resize": true, "do_rescale": true, "rescale_factor": 0.00392156862745098,
             "resample": 3, "image_mean": [0.1, 0.2, 0.3], "image_std": [1, 2, 3]}
            """);

    assertThat(read.filter()).isEqualTo(Filter.BICUBIC);
    assertThat(read.mean()).containsExactly(0.1, 0.2, 0.3);
    assertThat(read.deviation()).containsExactly(1.0, 2.0, 3.0);
    assertThat(read("{\"do_normalize\": false, \"image_mean\": [9, 9, 9]}").mean())
        .containsOnly(0.0);
  }

  @Test
  void whatIsNotDoneIsRefusedByName() {
    refused("{\"do_resize\": false}", "do_resize false, which is not supported");
    refused("{\"do_rescale\": false}", "do_rescale false");
    refused("{\"do_center_crop\": true}", "do_center_crop true");
    refused("{\"rescale_factor\": 1}", "rescale_factor 1");
    refused("{\"resample\": 0}", "resample 0, which is not supported: 2 and 3 are done here");
    refused("{\"size\": 224}", "size is 224 where the base reads 16 x 16 pixels");
    refused("{\"size\": {\"shortest_edge\": 224}, \"do_resize\": 1}", "do_resize is 1 and must be");
    refused("{\"size\": {\"height\": 16, \"width\": 8}}", "size is {");
    refused("{\"image_mean\": [0.5]}", "image_mean is [0.5] and must be a list of three numbers");
    refused("{\"image_std\": [0.5, \"a\", 1]}", "image_std is \"a\" and must be a number");
    refused("{\"image_std\": [0.5, 0, 1]}", "deviations [0.5, 0.0, 1.0]");
    refused("[]", ProcessorConfig.FILE);
  }

  private void refused(String json, String why) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(RankwiseException.class)
        .hasMessageContaining(why);
  }
}
