package dev.rankwise.jobs.command;

import dev.rankwise.jobs.inspect.Inspection;
import dev.rankwise.jobs.session.RunContext;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code inspect PATH}: what a file or folder of ours, PEFT's or Hugging Face's holds. */
@Command(
    name = "inspect",
    description =
        "Tells what a run folder, adapter, base, prepared data, safetensors file, recipe or metrics"
            + " file holds.",
    mixinStandardHelpOptions = true)
public final class InspectCommand implements Callable<Integer> {
  @Parameters(paramLabel = "PATH", description = "A file or folder.")
  private Path path;

  @Override
  public Integer call() {
    RunContext context = RunContext.ofThisProcess();
    Inspection.of(path).forEach(context::say);
    return 0;
  }
}
