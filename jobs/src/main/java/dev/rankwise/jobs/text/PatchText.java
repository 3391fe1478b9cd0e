package dev.rankwise.jobs.text;

import java.util.ArrayList;
import java.util.List;

/** The patches of a picture as a terminal shows them: by how bright each is on average. */
public final class PatchText {
  /** From black to white. */
  private static final String SHADES = " .:-=+*#%@";

  private static final int CHANNELS = 3;
  private static final int BYTE = 0xFF;

  /** Weights of red, green and blue in a thousand, as ITU-R BT.601 has them. */
  private static final int[] WEIGHTS = {299, 587, 114};

  private static final int WHOLE = 1_000;

  private PatchText() {}

  /**
   * A line for each row of patches, two letters for each patch, which makes it about square.
   *
   * @param side height and width of the picture in pixels
   * @param patch height and width of a patch in pixels
   * @param colours red, green and blue, (side, side, 3) row-major
   */
  public static List<String> lines(int side, int patch, byte[] colours) {
    List<String> lines = new ArrayList<>();
    for (int top = 0; top + patch <= side; top += patch) {
      StringBuilder line = new StringBuilder();
      for (int left = 0; left + patch <= side; left += patch) {
        long light = light(side, patch, colours, top, left);
        int shade = (int) (light * SHADES.length() / ((long) BYTE * WHOLE + 1));
        line.append(SHADES.charAt(shade)).append(SHADES.charAt(shade));
      }
      lines.add(line.toString());
    }
    return lines;
  }

  /** Mean light of a patch, from 0 to 255,000. */
  private static long light(int side, int patch, byte[] colours, int top, int left) {
    long sum = 0;
    for (int pixel = 0; pixel < patch * patch; pixel++) {
      int at = (top + pixel / patch) * side + left + pixel % patch;
      for (int channel = 0; channel < CHANNELS; channel++) {
        sum += (long) WEIGHTS[channel] * (colours[at * CHANNELS + channel] & BYTE);
      }
    }
    return sum / ((long) patch * patch);
  }
}
