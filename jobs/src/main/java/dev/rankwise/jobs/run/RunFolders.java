package dev.rankwise.jobs.run;

import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import java.nio.file.Path;
import java.time.Clock;
import java.util.regex.Pattern;

/** Claims the run folder that a recipe names. */
final class RunFolders {
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:.*");

  private RunFolders() {}

  static RunFolder claim(Recipe recipe, Clock clock) {
    String directory = recipe.output().directory();
    if (directory.isEmpty()) {
      throw new UserInputException(
          "No run folder is named; give --out DIR, or output.directory in the recipe");
    }
    String path =
        directory.startsWith("file:") ? directory.replaceFirst("file:/*", "/") : directory;
    if (SCHEME.matcher(path).matches()) {
      throw new UserInputException(
          ("Cannot use %s as a run folder: it must be a path on a file system of the driver's host;"
                  + " name one with --out")
              .formatted(directory));
    }
    return RunFolder.claim(Path.of(path), clock);
  }
}
