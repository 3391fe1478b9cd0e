package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.Golden;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.network.PaddedCase;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The verbs on a base that reads pictures. */
final class TestPictureBases {
  private static final Path VIT = Golden.own("models/vit");

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"lora-vit", "lora-conv-vit"})
  void aMergedBaseComputesWhatPeftsDoes(String name) {
    Path adapter = Golden.own("adapters/" + name);
    Path merged = folder.resolve("merged");
    Path out = folder.resolve("out.safetensors");
    Path cases = adapter.resolve("cases.safetensors");

    CommandRun merge =
        CommandRun.of("merge", "" + adapter, "--base", "" + VIT, "--out", "" + merged).endedWith(0);
    CommandRun.of("forward", "" + merged, "--inputs", "" + cases, "--to", "" + out).endedWith(0);

    assertThat(merge.out()).contains("Logits     merged and beside the base");
    try (SafetensorsFile ours = SafetensorsFile.open(out);
        SafetensorsFile theirs = SafetensorsFile.open(cases);
        SafetensorsFile weights = SafetensorsFile.open(merged.resolve("model.safetensors"))) {
      assertThat(PaddedCase.distanceOf(ours.floats("logits"), theirs.floats("merged.logits")))
          .isLessThan(1e-4);
      assertThat(weights.tensors()).containsKey("vit.encoder.layer.1.output.dense.weight");
    }
  }

  /** What is computed of files is what is computed of the numbers that were read of them. */
  @Test
  void forwardReadsPictureFiles() throws IOException {
    Path first = picture("first.png", 40, 20, 0x3060C0);
    Path second = picture("second.jpeg", 16, 16, 0xFFFFFF);
    Path out = folder.resolve("out.safetensors");
    Path again = folder.resolve("again.safetensors");

    CommandRun.of(
            "forward", "" + VIT, "--image", "" + first, "--image", "" + second, "--to", "" + out)
        .endedWith(0);
    CommandRun.of("forward", "" + VIT, "--inputs", "" + out, "--to", "" + again).endedWith(0);

    try (SafetensorsFile ours = SafetensorsFile.open(out);
        SafetensorsFile same = SafetensorsFile.open(again)) {
      assertThat(ours.tensors().get("pixel_values").shape()).containsExactly(2L, 3L, 16L, 16L);
      assertThat(ours.floats("pixel_values")).endsWith(1, 1, 1);
      assertThat(ours.floats("pixel_values")[0]).isEqualTo((0x30 / 255f - 0.5f) / 0.5f);
      assertThat(ours.floats("logits")).isEqualTo(same.floats("logits"));
    }
  }

  @Test
  void picturesMayKeepTheirShape() throws IOException {
    Path wide = picture("wide.png", 40, 20, 0xFFFFFF);
    Path out = folder.resolve("out.safetensors");

    CommandRun.of(
            "forward", "" + VIT, "--image", "" + wide, "--image-fit", "padded", "--to", "" + out)
        .endedWith(0);

    try (SafetensorsFile ours = SafetensorsFile.open(out)) {
      float[] pixels = ours.floats("pixel_values");
      assertThat(pixels[0]).as("above").isEqualTo(-1);
      assertThat(pixels[8 * 16]).as("middle").isEqualTo(1);
    }
    assertThat(
            CommandRun.of(
                    "forward", "" + VIT, "--image", "" + wide, "--image-fit", "x", "--to", "" + out)
                .endedWith(2)
                .error())
        .contains("Invalid --image-fit: \"x\" (must be stretched or padded)");
  }

  private Path picture(String name, int width, int height, int colour) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < width * height; i++) {
      image.setRGB(i % width, i / width, colour);
    }
    Path file = folder.resolve(name);
    assertThat(ImageIO.write(image, name.substring(name.indexOf('.') + 1), file.toFile())).isTrue();
    return file;
  }

  @Test
  void filesThatGiveNoPictureAreRefused() throws IOException {
    Path text = Files.writeString(folder.resolve("text.png"), "no picture");
    Path png = picture("some.png", 9, 9, 0);
    Path cut = folder.resolve("cut.png");
    Files.write(cut, Arrays.copyOf(Files.readAllBytes(png), 60));

    refused(
        4, "Picture file %s cannot be used: it is no PNG, JPEG or WebP".formatted(text), VIT, text);
    refused(4, "it is cut short; name a whole PNG, JPEG or WebP file of at most", VIT, cut);
    refused(2, "none.png", VIT, folder.resolve("none.png"));
    refused(2, "it reads tokens; name a base such as a ViT", Golden.own("models/bert"), png);
    String out = folder.resolve("o").toString();
    assertThat(CommandRun.of("forward", "" + VIT, "--to", out).endedWith(2).error())
        .contains("give either --inputs FILE or --image FILE");
    assertThat(
            CommandRun.of("forward", "" + VIT, "--image", "" + png, "--gradients", "--to", out)
                .endedWith(2)
                .error())
        .contains("picture files have no labels");
  }

  private void refused(int code, String why, Path base, Path image) {
    String out = folder.resolve("refused").toString();
    assertThat(
            CommandRun.of("forward", "" + base, "--image", "" + image, "--to", out)
                .endedWith(code)
                .error())
        .contains(why);
  }

  @Test
  void inspectSaysWhatPicturesTheBaseReads() {
    assertThat(CommandRun.of("inspect", VIT.toString()).endedWith(0).out())
        .contains("16 x 16 pixels of 3 channels, in patches of 4 x 4")
        .doesNotContain("vocabulary");
  }

  @Test
  void aRecipeOfTextsIsRefused() throws IOException {
    Path rows = Files.writeString(folder.resolve("rows.csv"), "text,label\na,x\nb,y\n");
    Path recipe =
        Files.writeString(
            folder.resolve("recipe.yaml"),
            "base: {model: \"%s\"}\ndata: {source: \"%s\"}\nadapter: {targets: [q_proj]}\n"
                .formatted(VIT, rows));

    assertThat(CommandRun.of("validate", recipe.toString()).endedWith(2).error())
        .contains(
            "Cannot read labelled texts: the base reads pictures; name their column in"
                + " data.image-column");
  }
}
