package dev.rankwise.jobs.export;

import dev.rankwise.jobs.command.AdapterOptions;
import dev.rankwise.jobs.session.RunContext;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code export PATH}: an adapter for a server of others. */
@Command(
    name = "export",
    description =
        "Makes of a LoRA adapter what llama.cpp or vLLM serves beside its base, and says how; what"
            + " they do not compute is refused.",
    mixinStandardHelpOptions = true)
public final class ExportCommand implements Callable<Integer> {
  @Parameters(paramLabel = "PATH", description = "A run folder, or an adapter in PEFT's form.")
  private String path;

  @Mixin private AdapterOptions adapter = new AdapterOptions();

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      required = true,
      description = "gguf, a file for llama.cpp; or vllm, a folder within vLLM's limits.")
  private String format;

  @Option(
      names = "--out",
      paramLabel = "PLACE",
      required = true,
      description = "The file or folder that is made; it must not exist.")
  private Path out;

  @Override
  public Integer call() {
    ExportFormat wanted = ExportFormat.named(format);
    new ExportRun(adapter.at(path), RunContext.ofThisProcess()).write(wanted, out);
    return 0;
  }
}
