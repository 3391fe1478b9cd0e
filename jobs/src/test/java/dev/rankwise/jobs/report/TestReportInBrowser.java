package dev.rankwise.jobs.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.LeftOut;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page as a real browser lays it out; its pictures stay in {@code target/report}. */
@Tag("browser")
final class TestReportInBrowser {
  private static final int PHONE = 360;
  private static final int DESK = 1200;
  private static final String DARK = "--blink-settings=preferredColorScheme=0";
  private static final String LIGHT = "--blink-settings=preferredColorScheme=1";

  // Loads the page in a frame of each width and writes into the document how wide it grew, and how
  // large each kind of drawing is.
  private static final String MEASURE =
      """
      <!DOCTYPE html><html><body><pre id="measured"></pre><script>
      const widths = [320, 360, 768, 1200];
      const frames = widths.map(width => {
        const frame = document.createElement('iframe');
        frame.style.cssText = 'border:0;height:900px;width:' + width + 'px';
        frame.src = 'PAGE';
        document.body.appendChild(frame);
        return frame;
      });
      window.onload = () => {
        let text = '';
        frames.forEach((frame, i) => {
          const page = frame.contentDocument;
          const root = page.documentElement;
          text += widths[i] + ' scroll ' + Math.max(root.scrollWidth, page.body.scrollWidth) + '\\n';
          const drawn = Array.from(page.querySelectorAll('svg.axes path.line, svg.axes rect'));
          const blank = drawn.filter(shape => !(shape.getBoundingClientRect().width > 0
              || shape.getBoundingClientRect().height > 0));
          text += widths[i] + ' shapes ' + drawn.length + '\\n';
          text += widths[i] + ' blank ' + blank.length + '\\n';
          const loaded = frame.contentWindow.performance.getEntriesByType('resource');
          text += widths[i] + ' loaded ' + loaded.length + '\\n';
        });
        document.getElementById('measured').textContent = text;
      };
      </script></body></html>
      """;

  @TempDir private Path folder;
  private Chromium browser;

  @BeforeEach
  void findBrowser() {
    Optional<Chromium> found = Chromium.onPath(folder);
    if (found.isEmpty()) {
      LeftOut.because(
          "the report in a browser, because neither chromium nor google-chrome is on the path; on"
              + " Debian: apt-get install --no-install-recommends chromium");
    }
    browser = found.orElseThrow();
  }

  @Test
  void nothingIsWiderThanThePageAndNoDrawingIsBlank() throws IOException, InterruptedException {
    int kind = 0;
    for (RunReport report : TestReportPage.kinds().toList()) {
      String page = ReportPage.of(report);
      Files.writeString(pictures().resolve("kind-" + kind++ + ".html"), page);
      Map<String, Integer> measured = measured(page);
      for (int width : new int[] {320, PHONE, 768, DESK}) {
        assertThat(measured).containsEntry(width + " scroll", width);
        assertThat(measured).containsEntry(width + " blank", 0);
        assertThat(measured).containsEntry(width + " loaded", 0);
        assertThat(measured.get(width + " shapes")).isPositive();
      }
    }
  }

  @Test
  void lightAndDarkAndPhoneShowThePage() throws IOException, InterruptedException {
    String page = ReportPage.of(ReportFixture.quickStart().report());
    BufferedImage light = picture(page, "light", DESK, LIGHT);
    BufferedImage dark = picture(page, "dark", DESK, DARK);
    BufferedImage phone = phone(page);
    assertThat(brightness(light)).isGreaterThan(0.85);
    assertThat(brightness(dark)).isLessThan(0.25);
    // The main ink of the curves and bars, in each scheme.
    assertThat(pixels(light, 0x0063a6)).isGreaterThan(5_000);
    assertThat(pixels(dark, 0x5cb3f2)).isGreaterThan(5_000);
    assertThat(pixels(phone, 0x0063a6)).isGreaterThan(2_000);
  }

  private Map<String, Integer> measured(String page) throws IOException, InterruptedException {
    Path file = Files.writeString(folder.resolve("report.html"), page);
    Path wrapper =
        Files.writeString(
            folder.resolve("measure.html"), MEASURE.replace("PAGE", file.getFileName().toString()));
    Chromium.Printed printed = browser.document(wrapper);
    assertThat(printed.log()).doesNotContain(":CONSOLE");
    Matcher line =
        Pattern.compile("^(\\d+ [a-z]+) (\\d+)$", Pattern.MULTILINE)
            .matcher(printed.page().replace("<pre id=\"measured\">", "\n"));
    Map<String, Integer> measured = new TreeMap<>();
    while (line.find()) {
      measured.put(line.group(1), Integer.parseInt(line.group(2)));
    }
    return measured;
  }

  private BufferedImage picture(String page, String name, int width, String scheme)
      throws IOException, InterruptedException {
    Path file = Files.writeString(pictures().resolve(name + ".html"), page);
    Path picture = pictures().resolve(name + ".png");
    Chromium.Printed printed = browser.picture(file, picture, width, 8_900, scheme);
    assertThat(printed.log()).doesNotContain(":CONSOLE");
    return ImageIO.read(picture.toFile());
  }

  // A window of the browser cannot be as narrow as a phone, a frame in it can.
  private BufferedImage phone(String page) throws IOException, InterruptedException {
    Files.writeString(pictures().resolve("page.html"), page);
    return picture(
        "<!DOCTYPE html><html><body style='margin:0'><iframe src='page.html' style='border:0;width:"
            + PHONE
            + "px;height:8900px'></iframe></body></html>",
        "phone",
        PHONE + 160,
        LIGHT);
  }

  private static Path pictures() throws IOException {
    return Files.createDirectories(Path.of("target", "report").toAbsolutePath());
  }

  private static double brightness(BufferedImage image) {
    double sum = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        int pixel = image.getRGB(x, y);
        sum += (pixel >> 16 & 255) + (pixel >> 8 & 255) + (pixel & 255);
      }
    }
    return sum / (3.0 * 255 * image.getWidth() * image.getHeight());
  }

  private static int pixels(BufferedImage image, int colour) {
    int found = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        found += (image.getRGB(x, y) & 0xffffff) == colour ? 1 : 0;
      }
    }
    return found;
  }
}
