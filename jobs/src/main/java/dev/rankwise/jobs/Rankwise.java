package dev.rankwise.jobs;

import dev.rankwise.jobs.command.ApplyCommand;
import dev.rankwise.jobs.command.EvaluateCommand;
import dev.rankwise.jobs.command.ForwardCommand;
import dev.rankwise.jobs.command.InspectCommand;
import dev.rankwise.jobs.command.PrepareCommand;
import dev.rankwise.jobs.command.PreviewCommand;
import dev.rankwise.jobs.command.QuickstartCommand;
import dev.rankwise.jobs.command.TargetsCommand;
import dev.rankwise.jobs.command.TuneCommand;
import dev.rankwise.jobs.command.ValidateCommand;
import dev.rankwise.jobs.run.FailureLog;
import dev.rankwise.models.failure.FailureCode;
import dev.rankwise.models.failure.RankwiseException;
import dev.rankwise.pipeline.tune.LibraryVersion;
import java.io.PrintWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The {@code rankwise} command: {@code rankwise VERB [RECIPE | PATH] [options]}. */
@Command(
    name = "rankwise",
    description = "Fine-tunes language models with low-rank adapters inside Apache Spark.",
    mixinStandardHelpOptions = true,
    versionProvider = Rankwise.Version.class,
    synopsisSubcommandLabel = "VERB",
    subcommands = {
      QuickstartCommand.class,
      ValidateCommand.class,
      PreviewCommand.class,
      PrepareCommand.class,
      TuneCommand.class,
      EvaluateCommand.class,
      ApplyCommand.class,
      InspectCommand.class,
      TargetsCommand.class,
      ForwardCommand.class
    })
public final class Rankwise {
  private static final Logger LOG = LoggerFactory.getLogger(Rankwise.class);

  private Rankwise() {}

  /** Runs a verb and ends the process with its exit code. */
  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /**
   * Runs a verb.
   *
   * @return the exit code: 0, or that of a {@link FailureCode}
   */
  public static int run(String... arguments) {
    return new CommandLine(new Rankwise())
        .setExecutionExceptionHandler((failure, command, parsed) -> told(failure, command.getErr()))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .execute(arguments);
  }

  /** Says what went wrong in one paragraph. */
  private static int told(Exception failure, PrintWriter err) {
    boolean known = failure instanceof RankwiseException;
    FailureCode code = known ? ((RankwiseException) failure).code() : FailureCode.INTERNAL;
    String message =
        known
            ? failure.getMessage()
            : "This is a bug of Rankwise: %s; report it with the file below".formatted(failure);
    LOG.debug("The command failed", failure);
    err.println("Error: " + message);
    FailureLog.write(failure).ifPresent(file -> err.println("Details: " + file));
    err.flush();
    return code.exitCode();
  }

  /** Tells the version. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"rankwise " + LibraryVersion.RANKWISE};
    }
  }
}
