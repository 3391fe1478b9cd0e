package dev.rankwise.datasets.source.icons;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.LocalSpark;
import dev.rankwise.datasets.source.AskedColumns;
import dev.rankwise.datasets.source.ContentHash;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.datasets.source.RowSources;
import dev.rankwise.datasets.source.SourceFormat;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("spark")
class TestIconSource {
  private static final String FEW = "icons:names?renderings=2&icons=3&side=16";

  private static List<Map<String, byte[]>> rows(String location, String... columns) {
    RowSource source = RowSources.at(location);
    List<Row> rows =
        source
            .rows(
                LocalSpark.session(), AskedColumns.ofTexts(List.of(columns)), RowLimits.defaults())
            .collectAsList();
    return rows.stream()
        .map(
            row -> {
              Map<String, byte[]> values = new TreeMap<>();
              IntStream.range(0, columns.length)
                  .forEach(i -> values.put(columns[i], row.<byte[]>getAs(i)));
              return values;
            })
        .toList();
  }

  private static String text(Map<String, byte[]> row, String column) {
    return new String(row.get(column), StandardCharsets.UTF_8);
  }

  private static List<String> texts(String location, String column) {
    return rows(location, column).stream().map(row -> text(row, column)).sorted().toList();
  }

  @Test
  void eachRenderingIsARow() throws IOException {
    List<Map<String, byte[]>> rows = rows(FEW, "id", "icon", "image", "prompt", "completion");

    assertThat(rows).hasSize(6);
    assertThat(rows.stream().map(row -> text(row, "id")).distinct()).hasSize(6);
    assertThat(rows.stream().map(row -> Arrays.hashCode(row.get("image"))).distinct()).hasSize(6);
    assertThat(texts(FEW, "id")).contains("folder-plus#0", "folder-plus#1");
    for (Map<String, byte[]> row : rows) {
      BufferedImage image = ImageIO.read(new ByteArrayInputStream(row.get("image")));
      assertThat(image.getWidth()).isEqualTo(16);
      assertThat(image.getHeight()).isEqualTo(16);
      assertThat(text(row, "prompt")).isEqualTo("<image>name of the icon:");
      assertThat(text(row, "completion")).isEqualTo(" " + text(row, "icon").replace('-', ' '));
    }
  }

  /** Any change of the drawing, of its library or of the collection shows here. */
  @ParameterizedTest
  @CsvSource({
    "diameter, 0, 5acc45bbc95c742a35b238de3bd525a674b15fb15d119d4d16ae8e7a45b86da3",
    "diameter, 1, ab91a024c70dc51b4a4e7a8c6ac6f0e30d419421d037e14b70e55f2d78592b8c",
    "monitor-check, 0, 556f57fc1b54b535370533c8b80d0794da15f89aa10a4d4b5981433008e01026"
  })
  void aRenderingAlwaysHasTheSameBytes(String key, int number, String sha256) {
    String drawing = IconCollection.LUCIDE.drawing(new Icon(key, key, List.of()));

    byte[] png = IconDrawing.png(drawing, IconLook.of(key + "#" + number), 64);

    assertThat(HexFormat.of().formatHex(ContentHash.sha256().digest(png))).isEqualTo(sha256);
  }

  @Test
  void theWholePictureIsInkOnPaper() throws IOException {
    IconLook look = new IconLook(1, 0, 4, 0x000000, 0xFFFFFF, 0, 0);
    String square =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"24\" height=\"24\" viewBox=\"0 0 24"
            + " 24\"><rect x=\"0\" y=\"0\" width=\"12\" height=\"9\" fill=\"currentColor\"/></svg>";

    BufferedImage image = ImageIO.read(new ByteArrayInputStream(IconDrawing.png(square, look, 8)));

    assertThat(rgb(image, 0, 0)).isEqualTo(0x000000);
    assertThat(rgb(image, 3, 2)).isEqualTo(0x000000);
    assertThat(rgb(image, 4, 0)).isEqualTo(0xFFFFFF);
    assertThat(rgb(image, 0, 3)).as("the mean of sixteen points").isEqualTo(0xFFFFFF);
    assertThat(rgb(image, 7, 7)).isEqualTo(0xFFFFFF);
  }

  @Test
  void aPixelIsTheMeanOfItsPoints() throws IOException {
    IconLook look = new IconLook(1, 0, 4, 0x000000, 0xFFFFFF, 0, 0);
    String half =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"24\" height=\"24\" viewBox=\"0 0 24"
            + " 24\"><rect x=\"0\" y=\"0\" width=\"24\" height=\"1.5\" fill=\"currentColor\"/></svg>";

    BufferedImage image = ImageIO.read(new ByteArrayInputStream(IconDrawing.png(half, look, 8)));

    assertThat(rgb(image, 2, 0)).isEqualTo(0x808080);
    assertThat(rgb(image, 2, 1)).isEqualTo(0xFFFFFF);
  }

  private static int rgb(BufferedImage image, int x, int y) {
    return image.getRGB(x, y) & 0xFFFFFF;
  }

  @Test
  void partsShareNoIcon() {
    String all = "icons:tags?renderings=3&icons=40&side=8";
    List<String> train = texts(all + "&part=train", "icon");
    List<String> test = texts(all + "&part=test", "icon");

    assertThat(train).hasSize(36 * 3).doesNotContainAnyElementsOf(test);
    assertThat(test).hasSize(4 * 3);
    assertThat(Stream.concat(train.stream(), test.stream()).sorted().toList())
        .isEqualTo(texts(all, "icon"));
  }

  @ParameterizedTest
  @EnumSource
  void everyIconOfAKindSaysSomething(IconView.Kind kind) {
    List<Icon> icons = new IconView(kind, 1, 10_000, 8, IconView.Part.ALL).shown();

    assertThat(icons).hasSizeGreaterThan(200);
    assertThat(icons).allSatisfy(icon -> assertThat(kind.completion(icon)).isNotBlank());
    assertThat(icons.stream().map(Icon::key).collect(Collectors.toSet())).hasSameSizeAs(icons);
  }

  @Test
  void flagsAreDrawnWithTheirCountries() {
    List<Map<String, byte[]>> rows =
        rows("icons:flags?renderings=1&icons=5&side=8", "completion", "tags", "image");

    assertThat(rows.stream().map(row -> text(row, "completion"))).contains(" Liechtenstein");
    assertThat(rows.stream().map(row -> text(row, "tags"))).contains("Vaduz, Europe");
  }

  @Test
  void theLocationIsDescribedWithAllItsOptions() {
    RowSource source = RowSources.at("icons:tags?side=32");

    assertThat(source.describe(LocalSpark.session()).location())
        .isEqualTo("icons:tags?renderings=8&icons=10000&side=32&part=all");
    assertThat(source.describe(LocalSpark.session()).version()).contains("lucide-static:0.468.0");
    assertThat(source.columns(LocalSpark.session(), RowLimits.defaults()))
        .isEqualTo(IconView.COLUMNS);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "icons | Unknown data location \"icons\": icons come as icons:names, icons:tags, icons:flags",
        "icons:stars | Unknown data location \"icons:stars\"",
        "icons:names?renderings=0 | renderings=0 of icons (must be in [1, 1000])",
        "icons:names?side=4096 | side=4096 of icons (must be in [8, 512])",
        "icons:names?icons=none | option \"icons=none\" of icons (must be a whole number)",
        "icons:names?icons | option \"icons\" of icons (must be a whole number)",
        "icons:names?part=half | option \"part=half\" of icons (must be all, train or test)",
        "icons:names?colour=red | unknown option \"colour\""
      })
  void whatIsNotThereIsRefused(String location, String message) {
    assertThatThrownBy(() -> RowSources.at(location))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining(message);
  }

  @Test
  void iconsHaveNoFormatAndNoOtherColumns() {
    assertThatThrownBy(() -> RowSources.at("icons:names", SourceFormat.CSV))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("only files have a format");
    assertThatThrownBy(() -> rows(FEW, "picture"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("Cannot read column \"picture\" of \"icons:names?");
  }
}
