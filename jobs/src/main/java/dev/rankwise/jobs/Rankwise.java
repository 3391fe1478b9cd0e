package dev.rankwise.jobs;

import dev.rankwise.jobs.command.AnalyzeCommand;
import dev.rankwise.jobs.command.ApplyCommand;
import dev.rankwise.jobs.command.CombineCommand;
import dev.rankwise.jobs.command.EstimateCommand;
import dev.rankwise.jobs.command.EvaluateCommand;
import dev.rankwise.jobs.command.ForwardCommand;
import dev.rankwise.jobs.command.GenerateCommand;
import dev.rankwise.jobs.command.InspectCommand;
import dev.rankwise.jobs.command.MergeCommand;
import dev.rankwise.jobs.command.NewBaseCommand;
import dev.rankwise.jobs.command.PrepareCommand;
import dev.rankwise.jobs.command.PreviewCommand;
import dev.rankwise.jobs.command.QuantizeCommand;
import dev.rankwise.jobs.command.QuickstartCommand;
import dev.rankwise.jobs.command.SweepCommand;
import dev.rankwise.jobs.command.TargetsCommand;
import dev.rankwise.jobs.command.TuneCommand;
import dev.rankwise.jobs.command.ValidateCommand;
import dev.rankwise.jobs.command.WhichRunsSawCommand;
import dev.rankwise.jobs.doctor.DoctorCommand;
import dev.rankwise.jobs.export.ExportCommand;
import dev.rankwise.jobs.nightly.NightlyCommand;
import dev.rankwise.jobs.registry.RegistryCommand;
import dev.rankwise.jobs.registry.TrackCommand;
import dev.rankwise.jobs.session.FailureLog;
import dev.rankwise.jobs.session.FailureReport;
import dev.rankwise.jobs.session.Interruption;
import dev.rankwise.jobs.session.YarnExit;
import dev.rankwise.jobs.text.FileNames;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.models.failure.FailureCode;
import dev.rankwise.models.failure.NearestName;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.pipeline.tune.LibraryVersion;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.apache.spark.SparkUserAppException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The {@code rankwise} command: {@code rankwise VERB [RECIPE | PATH] [options]}. */
@Command(
    name = "rankwise",
    description = "Fine-tunes language models with low-rank adapters inside Apache Spark.",
    mixinStandardHelpOptions = true,
    versionProvider = Rankwise.Version.class,
    synopsisSubcommandLabel = "VERB",
    subcommands = {
      QuickstartCommand.class,
      DoctorCommand.class,
      ValidateCommand.class,
      EstimateCommand.class,
      PreviewCommand.class,
      PrepareCommand.class,
      TuneCommand.class,
      SweepCommand.class,
      NightlyCommand.class,
      RegistryCommand.class,
      TrackCommand.class,
      EvaluateCommand.class,
      ApplyCommand.class,
      GenerateCommand.class,
      MergeCommand.class,
      CombineCommand.class,
      ExportCommand.class,
      QuantizeCommand.class,
      AnalyzeCommand.class,
      NewBaseCommand.class,
      InspectCommand.class,
      WhichRunsSawCommand.class,
      TargetsCommand.class,
      ForwardCommand.class
    })
public final class Rankwise {
  private Rankwise() {}

  /**
   * Runs a verb and ends the process with its exit code.
   *
   * @throws SparkUserAppException with the exit code, where Spark's master of an application on
   *     YARN runs this in its own process and takes the end of that for a failure
   */
  public static void main(String[] arguments) throws SparkUserAppException {
    Interruption interruption = Interruption.awaited();
    int exitCode;
    try {
      exitCode = run(arguments);
    } finally {
      interruption.over();
    }
    if (!isWithinYarn()) {
      System.exit(exitCode);
    }
    if (exitCode != 0) {
      throw YarnExit.of(exitCode);
    }
  }

  /** Whether YARN started the driver, in cluster mode, with Spark's own program around it. */
  private static boolean isWithinYarn() {
    return "yarn".equals(System.getProperty("spark.master"))
        && "cluster".equals(System.getProperty("spark.submit.deployMode"));
  }

  /**
   * Runs a verb.
   *
   * @return the exit code: 0, or that of a {@link FailureCode}
   */
  public static int run(String... arguments) {
    CommandLine command =
        new CommandLine(new Rankwise())
            .setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8))
            .setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8))
            .setParameterExceptionHandler((failure, given) -> misused(failure))
            .setExecutionExceptionHandler((failure, verb, parsed) -> told(failure, verb.getErr()));
    try {
      FileNames names = FileNames.ofThisProcess();
      names.require(List.of(System.getProperty("user.dir")));
      names.require(List.of(arguments));
      return command.execute(arguments);
    } catch (UserInputException | Error e) {
      return told(e, command.getErr());
    }
  }

  /** Says what is wrong with the arguments, which may hold a secret in the wrong place. */
  private static int misused(ParameterException failure) {
    CommandLine command = failure.getCommandLine();
    if (failure instanceof UnmatchedArgumentException unmatched
        && command.getParent() == null
        && !unmatched.getUnmatched().get(0).startsWith("-")) {
      return misnamed(unmatched, command);
    }
    String message = Redaction.printable(Redaction.withoutSecrets(failure.getMessage()));
    if (failure instanceof UnmatchedArgumentException unmatched
        && !unmatched.getSuggestions().isEmpty()) {
      message += "; did you mean " + unmatched.getSuggestions().get(0) + "?";
    }
    command
        .getErr()
        .println(
            "Error: %s; see %s --help"
                .formatted(message, command.getCommandSpec().qualifiedName(" ")));
    command.getErr().flush();
    return FailureCode.INVALID_INPUT.exitCode();
  }

  /** Says that there is no such verb, and which is spelt nearly so. */
  private static int misnamed(UnmatchedArgumentException failure, CommandLine command) {
    String verb = failure.getUnmatched().get(0);
    Set<String> verbs = command.getSubcommands().keySet();
    command
        .getErr()
        .println(
            "Error: Unknown verb: \"%s\" (must be one of %s)%s; see rankwise --help"
                .formatted(
                    Redaction.printable(Redaction.withoutSecrets(verb)),
                    String.join(", ", verbs),
                    NearestName.nearest(verb, verbs)
                        .map(name -> "; did you mean \"" + name + "\"?")
                        .orElse("")));
    command.getErr().flush();
    return FailureCode.INVALID_INPUT.exitCode();
  }

  /** Says what went wrong in one paragraph. */
  private static int told(Throwable failure, PrintWriter err) {
    FailureReport report = FailureReport.of(failure);
    err.println("Error: " + report.message());
    FailureLog.write(report, failure).ifPresent(file -> err.println("Details: " + file));
    err.flush();
    return report.code().exitCode();
  }

  /** Tells the version. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"rankwise " + LibraryVersion.RANKWISE};
    }
  }
}
