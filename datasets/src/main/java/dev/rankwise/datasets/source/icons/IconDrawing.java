package dev.rankwise.datasets.source.icons;

import com.github.weisj.jsvg.SVGDocument;
import com.github.weisj.jsvg.attributes.ViewBox;
import com.github.weisj.jsvg.parser.LoaderContext;
import com.github.weisj.jsvg.parser.SVGLoader;
import dev.rankwise.datasets.image.PngFile;
import dev.rankwise.models.failure.CorruptFileException;
import java.awt.Component;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * Draws an icon. The same icon in the same look has the same bytes on every machine: no text and so
 * no font is drawn, each pixel is the rounded mean of 4 × 4 points that are inside or outside, in
 * whole numbers, without the engine's own smoothing, and the file is a {@link PngFile}.
 */
final class IconDrawing {
  /** Points of a pixel along one side. */
  private static final int POINTS = 4;

  private static final int CHANNELS = 3;
  private static final int BYTE = 0xFF;

  private IconDrawing() {}

  /**
   * The picture as a PNG file.
   *
   * @param drawing SVG
   * @param side height and width in pixels
   */
  static byte[] png(String drawing, IconLook look, int side) {
    return PngFile.uncompressed(
        side, means(drawn(coloured(drawing, look), look, side * POINTS), side));
  }

  private static String coloured(String drawing, IconLook look) {
    return drawing
        .replace("currentColor", String.format(Locale.ROOT, "#%06x", look.ink()))
        .replace("stroke-width=\"2\"", "stroke-width=\"" + look.strokeHalves() / 2.0 + "\"");
  }

  private static int[] drawn(String drawing, IconLook look, int size) {
    BufferedImage image = new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB);
    int[] points = ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
    Arrays.fill(points, look.paper());
    Graphics2D graphics = image.createGraphics();
    try {
      graphics.setRenderingHint(
          RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_OFF);
      graphics.setRenderingHint(
          RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
      graphics.transform(placed(look, size));
      float side = size;
      parsed(drawing).render((Component) null, graphics, new ViewBox(0, 0, side, side));
    } finally {
      graphics.dispose();
    }
    return points;
  }

  /** Turned about its middle, made smaller, and moved within the room that is left. */
  private static AffineTransform placed(IconLook look, int size) {
    double angle = StrictMath.toRadians(look.degrees());
    double cos = look.share() * StrictMath.cos(angle);
    double sin = look.share() * StrictMath.sin(angle);
    double middle = size / 2.0;
    double room = middle * (1 - look.share());
    double x = middle + look.right() * room - cos * middle + sin * middle;
    double y = middle + look.down() * room - sin * middle - cos * middle;
    return new AffineTransform(cos, sin, -sin, cos, x, y);
  }

  private static SVGDocument parsed(String drawing) {
    SVGDocument document =
        new SVGLoader()
            .load(
                new ByteArrayInputStream(drawing.getBytes(StandardCharsets.UTF_8)),
                null,
                LoaderContext.createDefault());
    if (document == null) {
      throw new CorruptFileException(
          "Cannot draw an icon: its SVG is damaged; fetch the artifact again");
    }
    return document;
  }

  private static byte[] means(int[] points, int side) {
    int size = side * POINTS;
    byte[] colours = new byte[side * side * CHANNELS];
    for (int row = 0; row < side; row++) {
      for (int column = 0; column < side; column++) {
        for (int channel = 0; channel < CHANNELS; channel++) {
          int shift = Byte.SIZE * (CHANNELS - 1 - channel);
          int sum = POINTS * POINTS / 2;
          for (int point = 0; point < POINTS * POINTS; point++) {
            int y = row * POINTS + point / POINTS;
            int x = column * POINTS + point % POINTS;
            sum += (points[y * size + x] >> shift) & BYTE;
          }
          colours[(row * side + column) * CHANNELS + channel] = (byte) (sum / (POINTS * POINTS));
        }
      }
    }
    return colours;
  }
}
