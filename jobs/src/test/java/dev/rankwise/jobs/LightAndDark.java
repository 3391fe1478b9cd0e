package dev.rankwise.jobs;

import dev.rankwise.datasets.image.PngFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Rows whose picture is light or dark; the label says which, and nothing else does. */
public final class LightAndDark {
  /** Height and width of the pictures. */
  static final int SIDE = 16;

  private LightAndDark() {}

  /**
   * Writes pictures and rows that name them: {@code id}, {@code image}, {@code label}, {@code
   * prompt}, {@code completion}.
   *
   * @return the file of the rows
   */
  public static Path write(Path folder, int rows) throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      Files.write(picture(folder, i), file(i));
      lines.add(
          ("{\"id\":\"%s\",\"image\":\"%s\",\"label\":\"%s\",\"prompt\":\"<image>it is\","
                  + "\"completion\":\" %s\"}")
              .formatted(i, picture(folder, i).getFileName(), label(i), label(i)));
    }
    return Files.write(folder.resolve("rows.jsonl"), lines);
  }

  /** Where the picture of a row lies. */
  static Path picture(Path folder, int row) {
    return folder.resolve("picture%s.png".formatted(row));
  }

  /** What it is. */
  static String label(int row) {
    return row % 2 == 0 ? "light" : "dark";
  }

  /** Its file. */
  static byte[] file(int row) {
    Random random = new Random(row);
    byte[] colours = new byte[SIDE * SIDE * 3];
    for (int i = 0; i < colours.length; i += 3) {
      int grey = (row % 2 == 0 ? 170 : 20) + random.nextInt(60);
      colours[i] = (byte) grey;
      colours[i + 1] = (byte) grey;
      colours[i + 2] = (byte) grey;
    }
    return PngFile.uncompressed(SIDE, colours);
  }
}
