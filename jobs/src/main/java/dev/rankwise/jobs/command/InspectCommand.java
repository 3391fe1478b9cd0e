package dev.rankwise.jobs.command;

import dev.rankwise.jobs.inspect.Inspection;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.stored.FetchedAdapter;
import dev.rankwise.models.source.BaseSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
      description =
          "A file or folder; a run folder or adapter by its address; or a base by"
              + " name, minilm, hf: and hdfs: and the like.")
  private String what;

  @Override
  public Integer call() {
    RunContext context = RunContext.ofThisProcess();
    lines().forEach(context::say);
    return 0;
  }

  private List<String> lines() {
    if (FetchedAdapter.isAddress(what) && FetchedAdapter.isThere(what)) {
      return Inspection.of(FetchedAdapter.path(what));
    }
    boolean base = BaseSource.isUri(what) && !Files.exists(Path.of(what));
    return base ? Inspection.ofBase(what) : Inspection.of(Path.of(what));
  }
}
