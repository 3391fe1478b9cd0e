package dev.rankwise.datasets.source.icons;

import dev.rankwise.datasets.source.ContentHash;
import dev.rankwise.models.random.SeededStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * How one rendering of an icon looks, told by its id alone.
 *
 * @param share of the picture's side that the icon takes, from 0.6 to 0.95
 * @param degrees by which it is turned clockwise, from −20 to 20: what points up still does
 * @param strokeHalves width of its strokes in halves of a 24th of the icon's side, from 3 to 6
 * @param ink colour of its strokes, 0xRRGGBB
 * @param paper colour behind it, 0xRRGGBB
 * @param right how far it is moved to the right, from −1 to 1: the whole room beside it
 * @param down how far it is moved down, likewise
 */
record IconLook(
    double share, int degrees, int strokeHalves, int ink, int paper, double right, double down) {
  private static final List<Integer> DARK =
      List.of(0x000000, 0x1B1B6B, 0x5A1A1A, 0x0B4D2C, 0x4A2A6A, 0x333333, 0x6B3A00, 0x004A5A);
  private static final List<Integer> LIGHT =
      List.of(0xFFFFFF, 0xF4E9C8, 0xCFE8F7, 0xD8F2D0, 0xF7D9E3, 0xE0E0E0, 0xFFE08A, 0xE5D9F5);

  private static final double LEAST_SHARE = 0.6;
  private static final double SHARES = 0.35;
  private static final int MOST_DEGREES = 20;
  private static final int LEAST_STROKE = 3;
  private static final int STROKES = 4;

  /** The look of the rendering with that id. */
  static IconLook of(String id) {
    byte[] hash = ContentHash.sha256().digest(id.getBytes(StandardCharsets.UTF_8));
    SeededStream random = new SeededStream(ByteBuffer.wrap(hash).getLong(), 0);
    double share = LEAST_SHARE + SHARES * random.nextDouble();
    int degrees = random.nextBelow(2 * MOST_DEGREES + 1) - MOST_DEGREES;
    int stroke = LEAST_STROKE + random.nextBelow(STROKES);
    int dark = DARK.get(random.nextBelow(DARK.size()));
    int light = LIGHT.get(random.nextBelow(LIGHT.size()));
    boolean night = random.nextBelow(2) == 1;
    double right = 2 * random.nextDouble() - 1;
    double down = 2 * random.nextDouble() - 1;
    return new IconLook(
        share, degrees, stroke, night ? light : dark, night ? dark : light, right, down);
  }
}
