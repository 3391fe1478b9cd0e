package dev.rankwise.datasets.image;

import java.util.Optional;

/**
 * What the container of a WebP file holds: a picture's size and its first frame. Everything else,
 * such as a colour profile, is walked over and goes to no decoder.
 *
 * <p>Format: RFC 9649, section 2.
 *
 * @param width of the canvas
 * @param height of the canvas
 * @param first the frame that is decoded
 */
record WebpFile(int width, int height, Frame first) {
  private static final int RIFF_HEADER = 12;
  private static final int CANVAS = 10;

  /** Bytes that say where a frame of an animation lies, and how long it is shown. */
  private static final int PLACE = 16;

  private static final int LOSSY_HEADER = 10;
  private static final int LOSSLESS_HEADER = 5;
  private static final int LOSSLESS_MARK = 0x2F;
  private static final int SIDE = 0x3FFF;

  /** A stretch of the file. */
  record Part(int begin, int end) {}

  /**
   * Pixels and their place on the canvas.
   *
   * @param lossless whether they are stored without loss
   * @param transparent whether those that are say how transparent each is
   * @param pixels where they lie, with their size
   * @param alpha where it lies how transparent pixels with loss are, if anywhere
   */
  record Frame(
      int left,
      int top,
      int width,
      int height,
      boolean lossless,
      boolean transparent,
      Part pixels,
      Optional<Part> alpha) {
    Frame at(int x, int y) {
      return new Frame(x, y, width, height, lossless, transparent, pixels, alpha);
    }

    Frame under(Optional<Part> found) {
      return new Frame(left, top, width, height, lossless, transparent, pixels, found);
    }
  }

  /**
   * Reads the container to its end.
   *
   * @throws UnusableImage if it is cut short, or contradicts itself
   */
  static WebpFile of(byte[] file) {
    long size = file.length < RIFF_HEADER ? Long.MAX_VALUE / 2 : RiffChunks.little(file, 4, 4);
    if (8 + size > file.length) {
      throw new UnusableImage(ImageProblem.TRUNCATED);
    }
    RiffChunks chunks = new RiffChunks(file, RIFF_HEADER, (int) (8 + size));
    if (!chunks.next()) {
      throw new UnusableImage(ImageProblem.TRUNCATED);
    }
    if (chunks.type().equals("VP8X")) {
      return extended(file, chunks);
    }
    Frame frame = frame(file, chunks);
    return new WebpFile(frame.width, frame.height, frame);
  }

  /** A canvas, and one picture on it or an animation. */
  private static WebpFile extended(byte[] file, RiffChunks chunks) {
    require(chunks.length() >= CANVAS);
    int width = 1 + (int) RiffChunks.little(file, chunks.data() + 4, 3);
    int height = 1 + (int) RiffChunks.little(file, chunks.data() + 7, 3);
    Found found = new Found(file);
    Optional<Frame> moving = Optional.empty();
    while (chunks.next()) {
      if (chunks.type().equals("ANMF")) {
        Frame frame = animated(file, chunks, width, height);
        moving = moving.or(() -> Optional.of(frame));
      } else {
        found.take(chunks);
      }
    }
    Optional<Frame> still = found.frame();
    // Which of both was shown would depend on who reads.
    require(still.isEmpty() || moving.isEmpty());
    require(still.isPresent() || moving.isPresent());
    Frame first = still.isPresent() ? still.get() : moving.get();
    require(still.isEmpty() || (first.width == width && first.height == height));
    return new WebpFile(width, height, first);
  }

  /** A frame of an animation, which must have the size that is kept for it on the canvas. */
  private static Frame animated(byte[] file, RiffChunks chunk, int width, int height) {
    require(chunk.length() >= PLACE);
    long left = 2 * RiffChunks.little(file, chunk.data(), 3);
    long top = 2 * RiffChunks.little(file, chunk.data() + 3, 3);
    Found found = new Found(file);
    RiffChunks inner = chunk.within(PLACE);
    while (inner.next()) {
      found.take(inner);
    }
    Frame frame = found.frame().orElseThrow(() -> new UnusableImage(ImageProblem.DAMAGED));
    require(frame.width == 1 + RiffChunks.little(file, chunk.data() + 6, 3));
    require(frame.height == 1 + RiffChunks.little(file, chunk.data() + 9, 3));
    require(left + frame.width <= width && top + frame.height <= height);
    return frame.at((int) left, (int) top);
  }

  /** The pixels of one frame, and what says how transparent they are, each at most once. */
  private static final class Found {
    private final byte[] file;
    private Optional<Frame> pixels = Optional.empty();
    private Optional<Part> alpha = Optional.empty();

    Found(byte[] file) {
      this.file = file;
    }

    void take(RiffChunks chunk) {
      switch (chunk.type()) {
        case "VP8 ", "VP8L" -> {
          require(pixels.isEmpty());
          pixels = Optional.of(WebpFile.frame(file, chunk));
        }
        case "ALPH" -> {
          require(alpha.isEmpty() && chunk.length() > 0);
          alpha = Optional.of(part(chunk));
        }
        default -> {
          // Profiles, notes of cameras, and what is not known.
        }
      }
    }

    Optional<Frame> frame() {
      return pixels.map(frame -> frame.under(alpha));
    }
  }

  /** A chunk of pixels, with or without loss. */
  private static Frame frame(byte[] file, RiffChunks chunk) {
    int data = chunk.data();
    boolean lossless = chunk.type().equals("VP8L");
    require(lossless || chunk.type().equals("VP8 "));
    if (chunk.length() < (lossless ? LOSSLESS_HEADER : LOSSY_HEADER)) {
      throw new UnusableImage(ImageProblem.TRUNCATED);
    }
    if (lossless) {
      long bits = RiffChunks.little(file, data + 1, 4);
      // The last three bits are those of a version, and there is one.
      require(file[data] == LOSSLESS_MARK && bits >> 29 == 0);
      int width = 1 + (int) (bits & SIDE);
      int height = 1 + (int) (bits >> 14 & SIDE);
      boolean transparent = (bits >> 28 & 1) == 1;
      return new Frame(0, 0, width, height, true, transparent, part(chunk), Optional.empty());
    }
    int width = (int) RiffChunks.little(file, data + 6, 2) & SIDE;
    int height = (int) RiffChunks.little(file, data + 8, 2) & SIDE;
    require(width > 0 && height > 0);
    return new Frame(0, 0, width, height, false, false, part(chunk), Optional.empty());
  }

  private static Part part(RiffChunks chunk) {
    return new Part(chunk.data(), chunk.data() + chunk.length());
  }

  private static void require(boolean holds) {
    if (!holds) {
      throw new UnusableImage(ImageProblem.DAMAGED);
    }
  }
}
