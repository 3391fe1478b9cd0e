package dev.rankwise.pipeline.checkpoint;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The file {@code .rankwise/format}, which says that a folder is ours and how it is laid out. */
final class FolderMark {
  /** Name of the file in the control folder. */
  static final String NAME = "format";

  /** No mark is longer; what is there may be of any length. */
  static final int MOST_BYTES = 64;

  private static final int VERSION = 1;
  private static final Pattern TEXT = Pattern.compile("rankwise run folder, format (\\d{1,9})\n");

  private FolderMark() {}

  /**
   * Whether the control folder holds a mark; {@link #refuseOther} says whether it is the right one.
   */
  static boolean isIn(Path control) {
    return Files.exists(control.resolve(NAME), LinkOption.NOFOLLOW_LINKS);
  }

  /** Marks a control folder that has no mark yet. */
  static void write(Path control) {
    if (!isIn(control)) {
      AtomicFile.write(control.resolve(NAME), text());
    }
  }

  /** The mark of this version. */
  static String text() {
    return "rankwise run folder, format " + VERSION + "\n";
  }

  /**
   * Fails unless the mark, where there is one, is that of this version.
   *
   * @param directory the folder, for messages
   * @throws UserInputException if another version made it
   * @throws CorruptFileException if the mark is none of ours, or the control folder or the mark
   *     lies elsewhere by a link
   */
  static void refuseOther(Path directory, Path control) throws IOException {
    Path mark = control.resolve(NAME);
    if (Files.exists(control, LinkOption.NOFOLLOW_LINKS)
        && !Files.isDirectory(control, LinkOption.NOFOLLOW_LINKS)) {
      throw damaged(directory.toString(), control + " is no folder");
    }
    if (!isIn(control)) {
      return;
    }
    if (!Files.isRegularFile(mark, LinkOption.NOFOLLOW_LINKS)) {
      throw damaged(directory.toString(), mark + " is no file");
    }
    require(directory.toString(), mark.toString(), read(mark));
  }

  /**
   * Fails unless a mark is that of this version.
   *
   * @param folder the folder that it marks, for messages
   * @param mark where it lies, for messages
   * @param text what it says
   * @throws UserInputException if another version wrote it
   * @throws CorruptFileException if it is none of ours
   */
  static void require(String folder, String mark, String text) {
    Matcher found = TEXT.matcher(text);
    if (!found.matches()) {
      throw damaged(folder, mark + " does not hold the mark of a run folder");
    }
    int version = Integer.parseInt(found.group(1));
    if (version != VERSION) {
      throw new UserInputException(
          ("Cannot write to %s: it is a run folder of format %s, and this version of Rankwise knows"
                  + " format %s; use the version that made it, or choose another output directory")
              .formatted(folder, version, VERSION));
    }
  }

  private static String read(Path mark) throws IOException {
    try (InputStream in = Files.newInputStream(mark)) {
      return new String(in.readNBytes(MOST_BYTES), StandardCharsets.UTF_8);
    }
  }

  private static CorruptFileException damaged(String folder, String why) {
    return new CorruptFileException(
        "Cannot write to %s: %s; choose another output directory, or move this one away"
            .formatted(folder, why));
  }
}
