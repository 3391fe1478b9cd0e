package dev.rankwise.jobs.command;

import dev.rankwise.adapters.peft.TargetsReport;
import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.models.config.ModelConfig;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code targets BASE ADAPTER_CONFIG}: the modules that a PEFT configuration matches on a base. */
@Command(
    name = "targets",
    description = "Prints as JSON what a PEFT configuration matches on a base.",
    mixinStandardHelpOptions = true)
public final class TargetsCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "BASE",
      description = "A folder with config.json, a URI, or minilm.")
  private String base;

  @Parameters(
      index = "1",
      paramLabel = "ADAPTER_CONFIG",
      description = "An adapter_config.json of PEFT.")
  private Path adapterConfig;

  @Override
  public Integer call() {
    Path config = SparkBases.source().configuration(base);
    RunContext.ofThisProcess()
        .out()
        .print(TargetsReport.print(ModelConfig.read(config), adapterConfig));
    return 0;
  }
}
