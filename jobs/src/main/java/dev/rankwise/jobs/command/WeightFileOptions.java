package dev.rankwise.jobs.command;

import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.ShardedWeights;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where and how a command writes the weights of a whole model. */
final class WeightFileOptions {
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
          "float32, bfloat16 or float16: the type of all weights, and what those in four bits are"
              + " made of (the base's own).")
  private String dtype;

  @Option(
      names = "--shard-bytes",
      paramLabel = "BYTES",
      description = "Most bytes of weights in one file (5,000,000,000).")
  private long shardBytes = ShardedWeights.USUAL_SHARD_BYTES;

  Path out() {
    return out;
  }

  Optional<ElementType> type() {
    Optional<ElementType> type = Optional.ofNullable(dtype).flatMap(ElementType::ofWeights);
    if (dtype != null && type.isEmpty()) {
      throw new UserInputException(
          "Invalid --dtype: \"%s\" (must be float32, bfloat16 or float16)".formatted(dtype));
    }
    return type;
  }

  long shardBytes() {
    if (shardBytes < 1) {
      throw new UserInputException(
          "Invalid --shard-bytes: %s (must be at least 1)".formatted(shardBytes));
    }
    return shardBytes;
  }
}
