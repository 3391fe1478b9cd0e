package dev.rankwise.jobs.command;

import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.stored.MergeRun;
import dev.rankwise.jobs.stored.MergeTarget;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code merge PATH}: an adapter into its base. */
@Command(
    name = "merge",
    description =
        "Merges an adapter into its base: a folder in Hugging Face's form that needs no adapter.",
    mixinStandardHelpOptions = true)
public final class MergeCommand implements Callable<Integer> {
  @Parameters(paramLabel = "PATH", description = "A run folder, or an adapter in PEFT's form.")
  private String path;

  @Mixin private AdapterOptions adapter = new AdapterOptions();

  @Mixin private WeightFileOptions files = new WeightFileOptions();

  @Option(
      names = "--into",
      paramLabel = "WEIGHTS",
      description =
          "Of an adapter that was trained on a base in four bits: dequantised, what four bits leave"
              + " of the weights (default), or original, the base's own.")
  private String into = "dequantised";

  @Override
  public Integer call() {
    new MergeRun(adapter.at(path), RunContext.ofThisProcess())
        .write(files.out(), files.type(), files.shardBytes(), MergeTarget.named(into));
    return 0;
  }
}
