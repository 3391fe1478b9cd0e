package dev.rankwise.datasets.image;

import java.io.ByteArrayOutputStream;

/** Writes the bits of a WebP without loss, of each byte the lowest first. */
final class BitWriter {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private int waiting;
  private int count;

  /** Begins with the mark, the size and that pixels say how transparent they are. */
  static BitWriter ofPicture(int width, int height) {
    return new BitWriter()
        .bits(0x2F, 8)
        .bits(width - 1, 14)
        .bits(height - 1, 14)
        .bits(1, 1)
        .bits(0, 3);
  }

  BitWriter bits(int value, int bits) {
    for (int i = 0; i < bits; i++) {
      waiting |= (value >> i & 1) << count;
      if (++count == Byte.SIZE) {
        bytes.write(waiting);
        waiting = 0;
        count = 0;
      }
    }
    return this;
  }

  /** Five codes of one symbol each, which take no bits: all pixels have this colour. */
  BitWriter colour(int red, int green, int blue, int alpha) {
    return symbol(green).symbol(red).symbol(blue).symbol(alpha).symbol(0);
  }

  private BitWriter symbol(int symbol) {
    // Simple, one symbol, of eight bits.
    return bits(1, 1).bits(0, 1).bits(1, 1).bits(symbol, 8);
  }

  byte[] bytes() {
    return bits(0, (Byte.SIZE - count) % Byte.SIZE).bytes.toByteArray();
  }
}
