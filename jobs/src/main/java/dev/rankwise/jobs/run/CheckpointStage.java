package dev.rankwise.jobs.run;

import dev.rankwise.jobs.conf.OutputSection;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.jobs.session.RunSession;
import dev.rankwise.jobs.text.FileNames;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.models.failure.RankwiseException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.pipeline.checkpoint.CheckpointFolder;
import dev.rankwise.pipeline.checkpoint.CommitStrategy;
import dev.rankwise.pipeline.checkpoint.HadoopStorage;
import dev.rankwise.pipeline.checkpoint.LocalStorage;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import dev.rankwise.pipeline.checkpoint.Storage;
import dev.rankwise.pipeline.plan.RunFingerprint;
import dev.rankwise.pipeline.train.Checkpoints;
import dev.rankwise.pipeline.train.Resumption;
import dev.rankwise.pipeline.train.StopSignal;
import dev.rankwise.pipeline.train.StoredCheckpoints;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** The checkpoints of a run, in its folder unless the recipe names another place. */
final class CheckpointStage implements AutoCloseable {
  private static final String FILE = "file";

  private final Storage storage;
  private final CheckpointFolder checkpoints;
  private final OutputSection.Checkpoints section;
  private final RunContext context;
  private Optional<StoredCheckpoints> stored = Optional.empty();

  private CheckpointStage(
      Storage storage,
      CheckpointFolder checkpoints,
      OutputSection.Checkpoints section,
      RunContext context) {
    this.storage = storage;
    this.checkpoints = checkpoints;
    this.section = section;
    this.context = context;
  }

  /**
   * Takes the place of the checkpoints.
   *
   * @param session says how file systems are reached
   * @throws dev.rankwise.models.failure.RunHeldException if another run holds it
   */
  static CheckpointStage open(
      RunFolder folder, Recipe recipe, RunContext context, RunSession session) {
    OutputSection.Checkpoints section = recipe.output().checkpoints();
    URI place =
        place(
            section.directory().isEmpty()
                ? folder.address(RunFiles.CHECKPOINTS)
                : section.directory());
    Storage storage = storage(place, session.context().hadoopConfiguration());
    boolean opened = false;
    try {
      CheckpointFolder checkpoints =
          CheckpointFolder.open(
              storage, CommitStrategy.ofScheme(place.getScheme()), section.kept(), context.clock());
      opened = true;
      return new CheckpointStage(storage, checkpoints, section, context);
    } finally {
      if (!opened) {
        storage.close();
      }
    }
  }

  /** Whether a run before this one may have left checkpoints to go on with. */
  static boolean mayGoOn(RunFolder folder, Recipe recipe) {
    return !recipe.output().checkpoints().directory().isEmpty()
        || folder.holds(RunFiles.CHECKPOINTS);
  }

  private static URI place(String directory) {
    FileNames.ofThisProcess().requirePath(directory);
    try {
      URI address = new Path(directory).toUri();
      return address.getScheme() == null
          ? java.nio.file.Path.of(directory).toAbsolutePath().toUri()
          : address;
    } catch (IllegalArgumentException e) {
      throw refused(directory, "it is no address", e);
    }
  }

  private static Storage storage(URI place, Configuration hadoop) {
    if (place.getScheme().equals(FILE)) {
      return new LocalStorage(java.nio.file.Path.of(place.getPath()));
    }
    try {
      return HadoopStorage.open(new Path(place), hadoop);
    } catch (IOException e) {
      throw refused(place.toString(), e.getMessage(), e);
    }
  }

  private static UserInputException refused(String directory, String why, Exception cause) {
    return new UserInputException(
        ("Cannot leave checkpoints in \"%s\": %s; name a path, or an address of HDFS or an object"
                + " store that Spark can reach, as output.checkpoint-directory")
            .formatted(Redaction.shown(directory), Redaction.withoutSecrets(why)),
        cause);
  }

  /** The checkpoints of the run under that fingerprint, which ends when it is asked to. */
  Checkpoints of(RunFingerprint fingerprint, StopSignal stop) {
    stored =
        Optional.of(
            new StoredCheckpoints(
                checkpoints,
                section.everySteps(),
                fingerprint,
                stop,
                line -> context.say("  " + line)));
    return stored.get();
  }

  /** What the run took over from one that was interrupted. */
  Optional<Resumption> resumption() {
    return stored.flatMap(StoredCheckpoints::resumption);
  }

  /**
   * Does nothing as long as this run is the one that may write.
   *
   * @throws dev.rankwise.models.failure.RunHeldException if another has taken over
   */
  void requireHeld() {
    checkpoints.requireHeld();
  }

  /**
   * Says that the run has come to its end: the next one has nothing to go on with. All that it was
   * to leave is in its place by now, so what fails here is told, and the run has succeeded.
   */
  void finish() {
    try {
      checkpoints.finish();
    } catch (RankwiseException e) {
      context.say(
          "Note: nothing says at the checkpoints that this run is done, so the same command would go on"
              + " from the last of them to the same end: "
              + e.getMessage());
    }
  }

  @Override
  public void close() {
    checkpoints.close();
    storage.close();
  }
}
