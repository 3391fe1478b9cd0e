package dev.rankwise.jobs.command;

import dev.rankwise.jobs.stored.TextSettings;
import dev.rankwise.models.generation.Sampling;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options of the verbs that generate text. */
final class SamplingOptions {
  @Option(
      names = "--chat-format",
      paramLabel = "FORMAT",
      description =
          "How a prompt is put to the model: template (the base's own), none, or a known format (as"
              + " in the run's training data, else the base's template where it has one).")
  private String format;

  @Option(names = "--max-new-tokens", paramLabel = "N", description = "At most so many (256).")
  private int mostTokens = 256;

  @Option(names = "--temperature", paramLabel = "T", description = "Draws, 1 as trained (0).")
  private double temperature;

  @Option(names = "--top-k", paramLabel = "K", description = "Draws among the best K (all).")
  private int topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description = "Draws among the best that hold probability P together (1).")
  private double topP = 1;

  @Option(
      names = "--repetition-penalty",
      paramLabel = "R",
      description = "Makes tokens rarer that came up before, above 1 (1).")
  private double penalty = 1;

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "Ends a text before this one. May be given often.")
  private List<String> stops = new ArrayList<>();

  @Option(names = "--seed", paramLabel = "N", description = "Of what is drawn (42).")
  private long seed = 42;

  @Option(names = "--batch-size", paramLabel = "N", description = "Texts side by side (16).")
  private int batchSize = 16;

  TextSettings settings() {
    return new TextSettings(
        Optional.ofNullable(format),
        mostTokens,
        new Sampling(temperature, topK, topP, penalty),
        seed,
        stops,
        batchSize);
  }
}
