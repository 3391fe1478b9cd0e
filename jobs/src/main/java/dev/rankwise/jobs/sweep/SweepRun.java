package dev.rankwise.jobs.sweep;

import dev.rankwise.jobs.session.FreePlace;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.session.SharedSpark;
import dev.rankwise.jobs.text.FileNames;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.models.failure.FailedRunsException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.pipeline.checkpoint.LocalRunFolder;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import java.nio.file.Path;
import java.util.List;

/**
 * A list of runs, top to bottom: check all, then do one after another in one Spark session, and
 * record each when it is done. Done again it does what is missing.
 *
 * @param path the sweep file
 * @param sets settings of the command line, which go before those of the file
 * @param out the sweep's folder
 * @param context where to tell
 */
public record SweepRun(Path path, List<String> sets, Path out, RunContext context) {

  public SweepRun {
    sets = List.copyOf(sets);
  }

  /**
   * Does what is missing. A run that fails is recorded, and the next one begins; a signal ends all.
   *
   * @throws UserInputException with all that is wrong with any recipe, before the first run
   * @throws FailedRunsException if any run failed, with the exit code of the first
   */
  public void run() {
    FreePlace.requireHere(out);
    FileNames.ofThisProcess().requirePath(out.toString());
    SweepFile asked = SweepReader.read(path);
    // Before anything starts; with groups, which take Spark to be read, this is what they share.
    SweepPlan whole = SweepPlan.of(asked, sets, out, context.clock());
    try (LocalRunFolder folder = RunFolder.claim(out, context.clock());
        SharedSpark spark = new SharedSpark()) {
      SweepFile file =
          asked
              .groupBy()
              .map(by -> new SweepGroups(asked, sets, context).varied(by, spark))
              .orElse(asked);
      SweepPlan plan =
          asked.groupBy().isEmpty() ? whole : SweepPlan.of(file, sets, out, context.clock());
      SweepDocuments documents = new SweepDocuments(folder, file, command());
      SweepProgress progress = new SweepProgress(plan, documents, spark, context);
      progress.tellStart();
      for (int index = 0; index < plan.runs().size(); index++) {
        progress.complete(index);
      }
      progress.tellEnd();
    }
  }

  /** The command as it is told, without secrets. */
  private String command() {
    StringBuilder command = new StringBuilder("./rankwise sweep " + path);
    for (String set : sets) {
      int equals = set.indexOf('=');
      String key = set.substring(0, Math.max(0, equals));
      String value = Redaction.of(key, set.substring(equals + 1));
      command.append(" --set ").append(key).append('=').append(value);
    }
    return command.append(" --out ").append(out).toString();
  }
}
