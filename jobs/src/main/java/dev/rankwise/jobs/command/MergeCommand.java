package dev.rankwise.jobs.command;

import dev.rankwise.adapters.merge.MergedBase;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.stored.MergeRun;
import dev.rankwise.jobs.stored.MergeTarget;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.ElementType;
import java.nio.file.Path;
import java.util.Optional;
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
  private Path path;

  @Mixin private AdapterOptions adapter = new AdapterOptions();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "The folder that is made; it must not exist.")
  private Path out;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      description =
          "float32, bfloat16 or float16 for all weights (float32 for those that merging changes,"
              + " the base's own for the others).")
  private String dtype;

  @Option(
      names = "--shard-bytes",
      paramLabel = "BYTES",
      description = "Most bytes of weights in one file (5,000,000,000).")
  private long shardBytes = MergedBase.USUAL_SHARD_BYTES;

  @Option(
      names = "--into",
      paramLabel = "WEIGHTS",
      description =
          "Of an adapter that was trained on a base in four bits: dequantised, what four bits leave"
              + " of the weights (default), or original, the base's own.")
  private String into = "dequantised";

  @Override
  public Integer call() {
    if (shardBytes < 1) {
      throw new UserInputException(
          "Invalid --shard-bytes: %s (must be at least 1)".formatted(shardBytes));
    }
    new MergeRun(adapter.at(path), RunContext.ofThisProcess())
        .write(out, type(), shardBytes, MergeTarget.named(into));
    return 0;
  }

  private Optional<ElementType> type() {
    if (dtype == null) {
      return Optional.empty();
    }
    return Optional.of(
        switch (dtype) {
          case "float32" -> ElementType.F32;
          case "bfloat16" -> ElementType.BF16;
          case "float16" -> ElementType.F16;
          default ->
              throw new UserInputException(
                  "Invalid --dtype: \"%s\" (must be float32, bfloat16 or float16)"
                      .formatted(dtype));
        });
  }
}
