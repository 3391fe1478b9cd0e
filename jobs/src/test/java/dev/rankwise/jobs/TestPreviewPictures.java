package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a base is shown of rows with pictures, and what is refused before it is shown any. */
final class TestPreviewPictures {
  private static final String LABELLED =
      """
      base: {model: "%s"}
      data:
        source: icons:flags?icons=6&renderings=3&side=16
        key-column: id
        row-format: labelled
        image-column: image
        label-column: name
        test-fraction: 0.2
      adapter: {method: full}
      spark: {master: "local[2]", sql.shuffle.partitions: 2}
      """;
  private static final String SEEN =
      """
      base: {model: "%s"}
      data:
        source: icons:names?icons=3&renderings=3&side=16
        key-column: id
        row-format: prompt-completion
        image-column: image
        test-fraction: 0.2
        max-tokens: 64
        packing: none
      adapter:
        method: vora
        rank: 2
        image-side: 16
        image-patch: 8
        image-width: 8
        image-layers: 1
      spark: {master: "local[2]", sql.shuffle.partitions: 2}
      """;

  @TempDir Path folder;

  private CommandRun preview(String text, String... settings) throws IOException {
    Path recipe = Files.writeString(folder.resolve("recipe.yaml"), text);
    String[] call = new String[6 + 2 * settings.length];
    call[0] = "preview";
    call[1] = recipe.toString();
    call[2] = "--out";
    call[3] = folder.resolve("run").toString();
    call[4] = "--examples";
    call[5] = "2";
    for (int i = 0; i < settings.length; i++) {
      call[6 + 2 * i] = "--set";
      call[7 + 2 * i] = settings[i];
    }
    return CommandRun.of(call);
  }

  @Test
  void aBaseOfPicturesIsShownLabelledOnes() throws IOException {
    String text = LABELLED.formatted(Golden.own("models/vit"));

    String out = preview(text).endedWith(0).out();

    assertThat(out)
        .contains("18 rows: ", "6 classes", "none rejected")
        .containsPattern("\n\\[.+]   row [a-z]+#[012]\npicture at token 0: 4 x 4 patches of 4 x 4")
        .containsPattern("pixels\n(  [ .:\\-=+*#%@]{8}\n){4}");
    assertThat(CommandRun.of("inspect", folder.resolve("run/data").toString()).endedWith(0).out())
        .containsPattern("pictures +16 x 16 pixels, stretched, in patches of 4 x 4");
    assertThat(preview(text, "data.image-column=null").endedWith(2).error())
        .contains("the base reads pictures; name their column in data.image-column");
  }

  @Test
  void aDecoderIsShownPicturesAmongItsTokens() throws IOException {
    String text = SEEN.formatted(Path.of("..", "models", "dictionary").toAbsolutePath());

    String out = preview(text).endedWith(0).out();

    assertThat(out)
        .contains(
            "9 rows: ", "\n<image>\u2502", "picture at token 0: 2 x 2 patches of 8 x 8 pixels")
        .doesNotContain("-200");
    assertThat(preview(text, "adapter.method=lora", "adapter.image-side=null").error())
        .contains("Cannot read data.image-column: the base does not see");
    assertThat(preview(text, "data.max-tokens=4").endedWith(2).error())
        .contains("must be more than the 4 patches of a picture");
    assertThat(preview(text, "adapter.image-patch=5").endedWith(2).error())
        .contains("must be a multiple of a patch");
    assertThat(preview(text, "data.image-column=shot").endedWith(3).error())
        .contains("Cannot read column \"shot\" of \"icons:names?");
  }
}
