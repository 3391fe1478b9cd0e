package dev.rankwise.jobs.run;

import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.jobs.session.SparkSessions;
import dev.rankwise.jobs.text.FileNames;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.models.failure.RankwiseException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.pipeline.checkpoint.HadoopStorage;
import dev.rankwise.pipeline.checkpoint.RemoteRunFolder;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;

/** Claims the run folder that a recipe names. */
public final class RunFolders {
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:.*");

  private RunFolders() {}

  static RunFolder claim(Recipe recipe, Clock clock) {
    String directory = recipe.output().directory();
    if (directory.isEmpty()) {
      throw new UserInputException(
          "No run folder is named; give --out DIR, or output.directory in the recipe");
    }
    return isElsewhere(directory)
        ? elsewhere(directory, SparkSessions.files(recipe.spark()), clock)
        : RunFolder.claim(path(directory), clock);
  }

  /**
   * The full address under which executors reach what lies in a run folder: a path is one of this
   * host's file system, whatever Hadoop's usual one is.
   */
  public static String address(String directory) {
    return isElsewhere(directory) ? directory : "file:" + path(directory).toAbsolutePath();
  }

  /** Whether a run folder lies on a file system that is reached by address. */
  static boolean isElsewhere(String directory) {
    return SCHEME.matcher(directory).matches() && !directory.startsWith("file:");
  }

  private static RunFolder elsewhere(String directory, Configuration files, Clock clock) {
    try {
      HadoopStorage storage = HadoopStorage.open(new org.apache.hadoop.fs.Path(directory), files);
      return RemoteRunFolder.claim(storage, storage.strategy(), clock);
    } catch (IOException | IllegalArgumentException e) {
      throw unreachable(directory, String.valueOf(e.getMessage()), e);
    } catch (RankwiseException e) {
      throw e;
    } catch (RuntimeException e) {
      if (e.getCause() instanceof ClassNotFoundException missing) {
        throw unreachable(directory, missing.getMessage() + " on the class path", e);
      }
      throw e;
    }
  }

  /**
   * Checks that a run does not write where the adapter lies that it keeps as it is.
   *
   * @throws UserInputException if it does: the first adapter would be lost to the second
   */
  static void requireBesideFirst(Recipe recipe) {
    String directory = recipe.output().directory();
    if (directory.isEmpty() || isElsewhere(directory) || recipe.adapter().frozen().isEmpty()) {
      return;
    }
    Path run = real(path(directory));
    Path first = real(recipe.adapter().frozen().get());
    if (first.equals(run) || first.equals(run.resolve(RunFiles.ADAPTER))) {
      throw new UserInputException(
          ("Cannot tune above the adapter at %s into %s: the run would replace the adapter that it"
                  + " keeps as it is; name another folder with --out")
              .formatted(
                  Redaction.shown(recipe.adapter().frozen().get().toString()),
                  Redaction.shown(directory)));
    }
  }

  /** As the file system knows it, or as it is written where nothing lies there. */
  private static Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      return path.toAbsolutePath().normalize();
    }
  }

  private static Path path(String directory) {
    FileNames.ofThisProcess().requirePath(directory);
    try {
      if (directory.startsWith("file:")) {
        return Path.of(new URI(directory));
      }
      return Path.of(directory);
    } catch (URISyntaxException | IllegalArgumentException e) {
      throw unreachable(directory, String.valueOf(e.getMessage()), e);
    }
  }

  private static UserInputException unreachable(String directory, String why, Exception cause) {
    return new UserInputException(
        ("Cannot use %s as a run folder: %s; name a path, or a folder of HDFS or an object store"
                + " that Spark can reach, with --out")
            .formatted(
                Redaction.shown(directory),
                Redaction.withoutSecrets(why.lines().findFirst().orElse(why))),
        cause);
  }
}
