package dev.rankwise.jobs.command;

import dev.rankwise.jobs.inspect.Inspection;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.models.source.BaseSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code inspect WHAT}: what a file or folder of ours, PEFT's or Hugging Face's holds. */
@Command(
    name = "inspect",
    description =
        "Tells what a run folder, adapter, base, prepared data, safetensors file, recipe or metrics"
            + " file holds.",
    mixinStandardHelpOptions = true)
public final class InspectCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "WHAT",
      description = "A file or folder, or a base by name: minilm, or hf:, hdfs: and the like.")
  private String what;

  @Override
  public Integer call() {
    RunContext context = RunContext.ofThisProcess();
    boolean base = BaseSource.isUri(what) && !Files.exists(Path.of(what));
    (base ? Inspection.ofBase(what) : Inspection.of(Path.of(what))).forEach(context::say);
    return 0;
  }
}
