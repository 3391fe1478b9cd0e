package dev.rankwise.jobs.command;

import dev.rankwise.adapters.combine.Combination;
import dev.rankwise.adapters.combine.CombinationSettings;
import dev.rankwise.adapters.combine.CombinationSettings.Majority;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.stored.CombinationRun;
import dev.rankwise.models.failure.UserInputException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code combine PATH PATH}: several adapters of one base as one. */
@Command(
    name = "combine",
    description = "Makes one LoRA adapter of several of one base.",
    mixinStandardHelpOptions = true)
public final class CombineCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "PATH",
      arity = "1..*",
      description = "Run folders, or adapters in PEFT's form.")
  private List<String> paths;

  @Mixin private AdapterOptions adapter = new AdapterOptions();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "The folder that is made; it must not exist.")
  private Path out;

  @Option(
      names = "--how",
      paramLabel = "HOW",
      description =
          "cat, the sum of the updates (the default); svd, that sum in fewer ranks; linear,"
              + " magnitude_prune, ties, dare_linear or dare_ties, which add up factors.")
  private String how = "cat";

  @Option(
      names = "--weights",
      paramLabel = "W",
      split = ",",
      description = "What each adapter is multiplied by: --weights 0.7,-0.4 (1 for each).")
  private List<Double> weights = List.of();

  @Option(
      names = "--density",
      paramLabel = "SHARE",
      description = "Share of the numbers that is left where some are left out (1).")
  private double density = 1;

  @Option(
      names = "--majority",
      paramLabel = "HOW",
      description = "How a sign wins with ties: total or frequency (total).")
  private String majority = "total";

  @Option(
      names = "--rank",
      paramLabel = "R",
      description = "Rank of the result of svd (the largest of the adapters').")
  private Integer rank;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "What is drawn from where numbers are dropped at random (0).")
  private long seed;

  @Override
  public Integer call() {
    CombinationSettings settings =
        new CombinationSettings(
            constant(Combination.class, "--how", how),
            weights.isEmpty() ? Collections.nCopies(paths.size(), 1.0) : weights,
            density,
            constant(Majority.class, "--majority", majority),
            rank == null ? OptionalInt.empty() : OptionalInt.of(rank),
            seed);
    new CombinationRun(
            paths.stream().map(adapter::at).toList(), settings, RunContext.ofThisProcess())
        .write(out);
    return 0;
  }

  private static <E extends Enum<E>> E constant(Class<E> type, String option, String word) {
    List<String> words =
        Arrays.stream(type.getEnumConstants())
            .map(constant -> constant.name().toLowerCase(Locale.ROOT))
            .toList();
    if (!words.contains(word)) {
      throw new UserInputException(
          "Invalid %s: \"%s\" (must be one of %s)"
              .formatted(option, word, String.join(", ", words)));
    }
    return Enum.valueOf(type, word.toUpperCase(Locale.ROOT));
  }
}
