package dev.rankwise.jobs.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The documents' pictures can be read on light and on dark pages. A picture follows the theme of
 * the system, which need not be that of the page around it, so each brings a ground of its own.
 */
final class TestPictures {
  private static final Pattern VIEW = Pattern.compile("viewBox=\"0 0 (\\d+) (\\d+)\"");
  private static final Pattern FIRST_SHAPE =
      Pattern.compile(
          "</style>(?:\\s*<defs>.*?</defs>)?\\s*<rect class=\"ground\" width=\"(\\d+)\""
              + " height=\"(\\d+)\"",
          Pattern.DOTALL);

  /** Least contrast of text by WCAG 2.2, criterion 1.4.3. */
  private static final double LEAST = 4.5;

  @Test
  void eachHasAGroundOfItsOwnUnderAllThatItShows() throws IOException {
    for (Path picture : pictures()) {
      String text = Files.readString(picture);
      Matcher view = VIEW.matcher(text);
      assertThat(view.find()).as(picture.toString()).isTrue();
      Matcher shape = FIRST_SHAPE.matcher(text);
      assertThat(shape.find()).as(picture.toString()).isTrue();
      assertThat(List.of(shape.group(1), shape.group(2)))
          .as(picture.toString())
          .isEqualTo(List.of(view.group(1), view.group(2)));
    }
  }

  @Test
  void textStandsOutFromItInBothThemes() throws IOException {
    for (Path picture : pictures()) {
      String text = Files.readString(picture);
      int dark = text.indexOf("@media (prefers-color-scheme: dark)");
      assertThat(dark).as(picture.toString()).isPositive();
      for (String style : List.of(text.substring(0, dark), text.substring(dark))) {
        for (String letters : List.of("text", ".note")) {
          assertThat(contrast(fill(style, letters), fill(style, ".ground")))
              .as("%s of %s", letters, picture)
              .isGreaterThanOrEqualTo(LEAST);
        }
      }
    }
  }

  private static List<Path> pictures() throws IOException {
    Path folder = SourceTree.ofCheckout().root().resolve("docs/images");
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> pictures =
          files.filter(file -> file.toString().endsWith(".svg")).sorted().toList();
      assertThat(pictures).isNotEmpty();
      return pictures;
    }
  }

  private static int fill(String style, String selector) {
    Matcher rule =
        Pattern.compile("(?<![\\w.])" + Pattern.quote(selector) + " \\{[^}]*fill: #([0-9a-f]{6})")
            .matcher(style);
    assertThat(rule.find()).as("fill of %s", selector).isTrue();
    return Integer.parseInt(rule.group(1), 16);
  }

  private static double contrast(int one, int other) {
    double first = luminance(one);
    double second = luminance(other);
    return (Math.max(first, second) + 0.05) / (Math.min(first, second) + 0.05);
  }

  /** WCAG 2.2's relative luminance of an sRGB colour, 0xRRGGBB. */
  private static double luminance(int colour) {
    return 0.2126 * linear(colour >> 16 & 255)
        + 0.7152 * linear(colour >> 8 & 255)
        + 0.0722 * linear(colour & 255);
  }

  private static double linear(int level) {
    double share = level / 255.0;
    return share <= 0.04045 ? share / 12.92 : Math.pow((share + 0.055) / 1.055, 2.4);
  }
}
