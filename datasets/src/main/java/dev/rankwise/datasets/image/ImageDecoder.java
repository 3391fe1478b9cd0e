package dev.rankwise.datasets.image;

import dev.rankwise.datasets.image.ImageHeader.Format;
import dev.rankwise.datasets.image.WebpDecoder.Rows;
import dev.rankwise.datasets.image.WebpFile.Frame;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Decodes PNG, JPEG and WebP files into pixels of red, green and blue. Grey is taken three times as
 * it is stored, deeper channels keep their upper eight bits, transparent pixels are laid over
 * white; the orientation that a camera notes is not applied, nor is a colour profile. Of an
 * animation the first picture is read.
 *
 * @param limits how large a file may be
 */
record ImageDecoder(ImageLimits limits) {
  private static final int OPAQUE = 255;
  private static final int BYTE_BITS = 8;

  /**
   * Decodes one file.
   *
   * @throws UnusableImage if it gives no picture
   */
  RasterImage decode(byte[] file) {
    if (file.length > limits.bytes()) {
      throw new UnusableImage(ImageProblem.TOO_LARGE);
    }
    ImageHeader header = ImageHeader.of(file);
    boolean isLong = Math.max(header.width(), header.height()) > ImageLimits.MOST_SIDE;
    if (isLong || header.pixels() > limits.pixels()) {
      throw new UnusableImage(ImageProblem.TOO_LARGE);
    }
    try {
      return header.format() == Format.WEBP ? webp(file) : picture(file, header);
    } catch (IOException e) {
      // The JDK's JPEG reader says so of three colours whose marks contradict each other.
      boolean kind = String.valueOf(e.getMessage()).contains("Unsupported Image Type");
      throw new UnusableImage(kind ? ImageProblem.UNSUPPORTED_KIND : ImageProblem.DAMAGED);
    } catch (UnusableImage e) {
      throw e;
    } catch (RuntimeException e) {
      // Readers meet contradictions as wrong indices and arguments.
      throw new UnusableImage(ImageProblem.DAMAGED);
    }
  }

  /** The first frame in its place; what it leaves of the canvas is transparent. */
  private static RasterImage webp(byte[] file) throws IOException {
    WebpFile webp = WebpFile.of(file);
    Rows rows = WebpDecoder.rows(file, webp.first());
    RasterImage raster = RasterImage.of(webp.width(), webp.height(), OPAQUE);
    Frame frame = webp.first();
    int[] line = new int[frame.width()];
    for (int row = 0; row < frame.height(); row++) {
      rows.read(row, line);
      put(raster, (frame.top() + row) * webp.width() + frame.left(), line);
    }
    return raster;
  }

  private static RasterImage picture(byte[] file, ImageHeader header) throws IOException {
    boolean jpeg = header.format() == Format.JPEG;
    byte[] given = jpeg ? PixelParts.ofJpeg(file) : PixelParts.ofPng(file);
    BufferedImage image =
        read(given, ImageIO.getImageReadersByFormatName(header.format().name()).next());
    if (image.getWidth() != header.width() || image.getHeight() != header.height()) {
      throw new UnusableImage(ImageProblem.DAMAGED);
    }
    RasterImage raster = RasterImage.of(header.width(), header.height(), 0);
    ColorModel model = image.getColorModel();
    boolean asStored = model.getNumColorComponents() == 1 || model.getComponentSize(0) > BYTE_BITS;
    int[] line = new int[header.width()];
    for (int row = 0; row < header.height(); row++) {
      if (asStored) {
        stored(image, row, line);
      } else {
        image.getRGB(0, row, line.length, 1, line, 0, line.length);
      }
      put(raster, row * line.length, line);
    }
    return raster;
  }

  /** Reads the first picture of a file, and ends the reader. */
  static BufferedImage read(byte[] file, ImageReader reader) throws IOException {
    try (ImageInputStream in = new EndingStream(file)) {
      reader.setInput(in, true, true);
      return reader.read(0);
    } finally {
      reader.dispose();
    }
  }

  /**
   * A file that ends: the reader of WebP takes what is behind the end for zeros, an exception a
   * byte, and a few wrong bytes make it ask for a hundred million of them.
   */
  private static final class EndingStream extends MemoryCacheImageInputStream {
    /** More than any reader looks ahead. */
    private static final int MOST_BEHIND = 1 << 12;

    private int behind;

    EndingStream(byte[] file) {
      super(new ByteArrayInputStream(file));
    }

    @Override
    public int read() throws IOException {
      int next = super.read();
      if (next < 0 && ++behind > MOST_BEHIND) {
        throw new IOException("The file is read on behind its end");
      }
      return next;
    }
  }

  /**
   * Lays a line of pixels over white.
   *
   * @param first the pixel at which it begins
   */
  private static void put(RasterImage raster, int first, int[] line) {
    for (int column = 0; column < line.length; column++) {
      int place = (first + column) * RasterImage.CHANNELS;
      int alpha = line[column] >>> 24;
      raster.colours()[place] = overWhite(line[column] >> 16 & OPAQUE, alpha);
      raster.colours()[place + 1] = overWhite(line[column] >> 8 & OPAQUE, alpha);
      raster.colours()[place + 2] = overWhite(line[column] & OPAQUE, alpha);
    }
  }

  /**
   * As stored: the JDK would take grey for a linear scale and make it lighter, and round what is
   * deeper than eight bits.
   */
  private static void stored(BufferedImage image, int row, int[] line) {
    Raster stored = image.getRaster();
    int colours = image.getColorModel().getNumColorComponents();
    boolean alpha = image.getColorModel().hasAlpha();
    int[] bits = image.getColorModel().getComponentSize();
    for (int column = 0; column < line.length; column++) {
      int pixel = alpha ? eightBits(stored.getSample(column, row, colours), bits[colours]) : OPAQUE;
      for (int channel = 0; channel < RasterImage.CHANNELS; channel++) {
        int band = Math.min(channel, colours - 1);
        pixel = (pixel << BYTE_BITS) | eightBits(stored.getSample(column, row, band), bits[band]);
      }
      line[column] = pixel;
    }
  }

  private static int eightBits(int sample, int bits) {
    return bits > BYTE_BITS ? sample >>> (bits - BYTE_BITS) : sample * OPAQUE / ((1 << bits) - 1);
  }

  /** Rounded to the nearest shade. */
  private static byte overWhite(int colour, int alpha) {
    return (byte) ((colour * alpha + OPAQUE * (OPAQUE - alpha) + OPAQUE / 2) / OPAQUE);
  }
}
