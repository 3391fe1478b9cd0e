package dev.rankwise.jobs.run;

import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.conf.SparkSection;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.jobs.session.SparkSessions;
import dev.rankwise.jobs.text.FileNames;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.models.failure.RankwiseException;
import dev.rankwise.models.failure.RunHeldException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.pipeline.checkpoint.HadoopStorage;
import dev.rankwise.pipeline.checkpoint.LocalStorage;
import dev.rankwise.pipeline.checkpoint.RemoteRunFolder;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import dev.rankwise.pipeline.checkpoint.Storage;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;

/** Claims the folder that a recipe names, of a run or of what is done with runs. */
public final class RunFolders {
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:.*");

  private static final Duration PAUSE = Duration.ofSeconds(1);

  private RunFolders() {}

  /**
   * Makes the run folder of a recipe this process's until it is closed.
   *
   * @throws UserInputException if none is named, or it cannot be used
   * @throws dev.rankwise.models.failure.RunHeldException if another process holds it
   */
  public static RunFolder claim(Recipe recipe, Clock clock) {
    String directory = recipe.output().directory();
    if (directory.isEmpty()) {
      throw new UserInputException(
          "No run folder is named; give --out DIR, or output.directory in the recipe");
    }
    return claim(directory, recipe.spark(), clock);
  }

  /**
   * The same of a folder by its path or address.
   *
   * @param spark says how file systems are reached
   */
  public static RunFolder claim(String directory, SparkSection spark, Clock clock) {
    return isElsewhere(directory)
        ? elsewhere(directory, SparkSessions.files(spark), clock)
        : RunFolder.claim(path(directory), clock);
  }

  /**
   * The full address under which executors reach what lies in a run folder: a path is one of this
   * host's file system, whatever Hadoop's usual one is.
   */
  public static String address(String directory) {
    return isElsewhere(directory) ? directory : "file:" + path(directory).toAbsolutePath();
  }

  /**
   * The same as {@link #claim(String, SparkSection, Clock)}, but another process that holds it is
   * waited for, with a second between two looks.
   *
   * @param patience how long, in whole seconds
   * @param waiting is told once who holds it, where somebody does
   */
  public static RunFolder claimWithin(
      Duration patience,
      String directory,
      SparkSection spark,
      Clock clock,
      Consumer<RunHeldException> waiting) {
    for (long look = 0; ; look++) {
      try {
        return claim(directory, spark, clock);
      } catch (RunHeldException held) {
        if (look >= patience.toSeconds()) {
          throw held;
        }
        if (look == 0) {
          waiting.accept(held);
        }
        pause(held);
      }
    }
  }

  private static void pause(RunHeldException held) {
    try {
      Thread.sleep(PAUSE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw held;
    }
  }

  /**
   * A folder to read from, held or not; closed by who asks for it.
   *
   * @param spark says how file systems are reached
   */
  public static Storage storage(String directory, SparkSection spark) {
    return isElsewhere(directory)
        ? opened(directory, SparkSessions.files(spark))
        : new LocalStorage(path(directory), directory);
  }

  /** Whether a run folder lies on a file system that is reached by address. */
  public static boolean isElsewhere(String directory) {
    return SCHEME.matcher(directory).matches() && !directory.startsWith("file:");
  }

  private static RunFolder elsewhere(String directory, Configuration files, Clock clock) {
    HadoopStorage storage = opened(directory, files);
    return reached(directory, () -> RemoteRunFolder.claim(storage, storage.strategy(), clock));
  }

  private static HadoopStorage opened(String directory, Configuration files) {
    return reached(
        directory, () -> HadoopStorage.open(new org.apache.hadoop.fs.Path(directory), files));
  }

  /** What a file system of Hadoop's does, or why it cannot be asked to. */
  private static <T> T reached(String directory, Reaching<T> reaching) {
    try {
      return reaching.of();
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
   * Checks that a run does not write where the adapter lies that it keeps as it is, or begins as.
   *
   * @throws UserInputException if it does: the first adapter would be lost to the second
   */
  static void requireBesideFirst(Recipe recipe) {
    String directory = recipe.output().directory();
    if (directory.isEmpty() || isElsewhere(directory)) {
      return;
    }
    Path run = real(path(directory));
    recipe
        .adapter()
        .frozen()
        .filter(first -> isOf(run, first))
        .ifPresent(first -> refuse("tune above", first, directory, "keeps as it is"));
    recipe
        .adapter()
        .start()
        .filter(first -> isOf(run, first))
        .ifPresent(first -> refuse("begin as", first, directory, "begins as"));
  }

  private static boolean isOf(Path run, Path named) {
    Path adapter = real(named);
    return adapter.equals(run) || adapter.equals(run.resolve(RunFiles.ADAPTER));
  }

  private static void refuse(String does, Path adapter, String directory, String keeps) {
    throw new UserInputException(
        ("Cannot %s the adapter at %s into %s: the run would replace the adapter that it"
                + " %s; name another folder with --out")
            .formatted(
                does, Redaction.shown(adapter.toString()), Redaction.shown(directory), keeps));
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

  /** Asks a file system. */
  @FunctionalInterface
  private interface Reaching<T> {
    T of() throws IOException;
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
