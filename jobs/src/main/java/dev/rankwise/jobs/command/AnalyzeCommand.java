package dev.rankwise.jobs.command;

import dev.rankwise.jobs.analyze.AnalysisRun;
import dev.rankwise.jobs.session.RunContext;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code analyze PATH...}: what tuning did to the weights of a base. */
@Command(
    name = "analyze",
    description =
        "Shows what tuning did to the weights of a base: how far they grew and turned, in how many"
            + " directions they were changed, and whether two tunings changed the same.",
    mixinStandardHelpOptions = true)
public final class AnalyzeCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "PATH",
      arity = "1..*",
      description =
          "Run folders, adapters in PEFT's form, or whole models, all of one base. Of a run folder"
              + " its checkpoints are shown too.")
  private List<String> paths;

  @Mixin private AdapterOptions adapter = new AdapterOptions();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description =
          "The folder that is made; it must not exist. It gets "
              + AnalysisRun.PAGE
              + " and "
              + AnalysisRun.NUMBERS
              + ".")
  private Path out;

  @Override
  public Integer call() {
    new AnalysisRun(paths.stream().map(adapter::at).toList(), RunContext.ofThisProcess())
        .write(out);
    return 0;
  }
}
