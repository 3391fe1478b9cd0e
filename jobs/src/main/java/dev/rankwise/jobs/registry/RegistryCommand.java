package dev.rankwise.jobs.registry;

import dev.rankwise.jobs.conf.OutputSection.Tracking;
import dev.rankwise.jobs.conf.SparkSection;
import dev.rankwise.jobs.mlflow.Tracker;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.models.failure.RankwiseException;
import dev.rankwise.models.failure.UserInputException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code registry DIR}: what is registered there, and which version is in use. */
@Command(
    name = "registry",
    description =
        "Lists the versions of a registry, promotes one of them, or goes back to the one that was in"
            + " use before.",
    mixinStandardHelpOptions = true)
public final class RegistryCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", description = "The registry's folder, a path or an address.")
  private String directory;

  @Option(
      names = "--promote",
      paramLabel = "VERSION",
      description = "Makes the version with that number the champion.")
  private Integer promoted;

  @Option(
      names = "--roll-back",
      description =
          "Makes that version the champion again which was it when the present one was promoted.")
  private boolean rollBack;

  @Override
  public Integer call() {
    if (rollBack && promoted != null) {
      throw new UserInputException(
          "--promote and --roll-back contradict each other; give one of them");
    }
    RunContext context = RunContext.ofThisProcess();
    FolderRegistry registry =
        FolderRegistry.existing(directory, new SparkSection(new TreeMap<>()), context.clock());
    if (promoted != null) {
      context.say("Champion   " + line(registry.promote(promoted, "command")));
      track(registry, context);
    } else if (rollBack) {
      context.say("Champion   " + line(registry.rollBack()));
      track(registry, context);
    } else {
      list(registry, context);
    }
    return 0;
  }

  /** Moves the aliases there too; the champion is what the registry says, whoever hears of it. */
  private void track(FolderRegistry registry, RunContext context) {
    SparkSection spark = new SparkSection(new TreeMap<>());
    Optional<Tracking> tracking = Optional.empty();
    try {
      tracking = RegistryMirror.tracking(registry, spark);
    } catch (RankwiseException e) {
      context.say("Note: nobody is told of it: " + e.getMessage());
    }
    tracking
        .flatMap(named -> Tracker.of(named, context))
        .ifPresent(
            tracker ->
                tracker.afterwards(
                    directory,
                    "the next night, or by ",
                    new RegistryMirror(registry, Optional.empty(), spark)::send));
  }

  private static void list(FolderRegistry registry, RunContext context) {
    OptionalInt candidate = number(registry, Alias.CANDIDATE);
    OptionalInt champion = number(registry, Alias.CHAMPION);
    context.say("Model      " + Redaction.printable(registry.model()));
    for (RegisteredVersion version : registry.versions()) {
      boolean isCandidate = OptionalInt.of(version.number()).equals(candidate);
      boolean isChampion = OptionalInt.of(version.number()).equals(champion);
      context.say(
          "%-11s%s%s"
              .formatted(
                  isChampion ? "Champion" : isCandidate ? "Candidate" : "",
                  line(version),
                  isChampion && isCandidate ? ", candidate too" : ""));
    }
  }

  private static OptionalInt number(FolderRegistry registry, Alias alias) {
    return registry
        .at(alias)
        .map(version -> OptionalInt.of(version.number()))
        .orElseGet(OptionalInt::empty);
  }

  private static String line(RegisteredVersion version) {
    VersionCard card = version.card();
    return "version %s, registered %s, %s, adapter %s, run key %s%s, %s"
        .formatted(
            version.number(),
            version.registered(),
            figures(card.figures()),
            card.adapterSha256(),
            card.runKey(),
            card.parent().isPresent() ? ", begun as version " + card.parent().getAsInt() : "",
            version.address());
  }

  private static String figures(Map<String, Double> figures) {
    String told =
        figures.entrySet().stream()
            .filter(figure -> !figure.getKey().contains("/"))
            .map(
                figure -> String.format(Locale.ROOT, "%s %.4f", figure.getKey(), figure.getValue()))
            .collect(Collectors.joining(", "));
    return told.isEmpty() ? "not measured" : told;
  }
}
