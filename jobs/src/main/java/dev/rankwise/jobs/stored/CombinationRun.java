package dev.rankwise.jobs.stored;

import dev.rankwise.adapters.combine.Combination;
import dev.rankwise.adapters.combine.CombinationSettings;
import dev.rankwise.adapters.combine.CombinedAdapter;
import dev.rankwise.adapters.peft.AdapterCard;
import dev.rankwise.adapters.peft.BaseHolding;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.jobs.session.FreePlace;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseNames;
import dev.rankwise.models.text.CountText;
import dev.rankwise.pipeline.tune.LibraryVersion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Makes one adapter of several. Needs no Spark job and no weights of the base.
 *
 * @param stored the adapters, at least one; the base is the first one's
 * @param settings how they are combined
 * @param context where to tell
 */
public record CombinationRun(
    List<StoredModel> stored, CombinationSettings settings, RunContext context) {

  public CombinationRun {
    stored = List.copyOf(stored);
  }

  /**
   * Combines.
   *
   * @param to the folder that is made, in PEFT's form; it must not exist
   * @throws UserInputException also if an adapter belongs to another base than the first
   */
  public void write(Path to) {
    FreePlace.require(to);
    String name = stored.get(0).base();
    BaseDirectory base = SparkBases.source().resolve(name);
    ModelConfig config = ModelConfig.read(base.config());
    List<Adapter> adapters =
        stored.stream()
            .map(adapter -> PeftDirectory.read(adapter.adapterFolder(), config, base.sha256()))
            .toList();
    Adapter combined = CombinedAdapter.of(adapters, settings);
    AdapterCard card =
        AdapterCard.of(LibraryVersion.RANKWISE, BaseNames.inHub(name), base.sha256());
    PeftDirectory.create(to, combined, card.trainedOn(held()).madeOf(parts()));
    context.say(
        "Combined   %s of %s into one of rank %s at %s"
            .formatted(
                CountText.of(adapters.size(), "adapter"), name, combined.plan().spec().rank(), to));
  }

  /** What it was made of, and how: enough to make it again. */
  private Map<String, String> parts() {
    Map<String, String> parts = new LinkedHashMap<>();
    for (int i = 0; i < stored.size(); i++) {
      parts.put(
          "adapter %s".formatted(i + 1),
          "%s, weight %s"
              .formatted(FetchedAdapter.shown(stored.get(i).path()), settings.weights().get(i)));
    }
    Combination way = settings.combination();
    List<String> how = new ArrayList<>(List.of(way.name().toLowerCase(Locale.ROOT)));
    if (way.thins()) {
      how.add("density " + settings.density());
    }
    if (way.drops()) {
      how.add("seed " + settings.seed());
    }
    if (way.votes()) {
      how.add("majority " + settings.majority().name().toLowerCase(Locale.ROOT));
    }
    parts.put("combined by", String.join(", ", how));
    return parts;
  }

  /** How all of them held their base; as it is where they differ in that, which is told. */
  private BaseHolding held() {
    Set<BaseHolding> ways =
        stored.stream()
            .map(StoredModel::held)
            .map(BaseHolding::unlessAsItIs)
            .collect(Collectors.toCollection(LinkedHashSet::new));
    if (ways.size() == 1) {
      return ways.iterator().next();
    }
    context.say(
        ("Note: the adapters were trained on their base held in different ways (%s), so the combined"
                + " one goes with its own weights")
            .formatted(
                ways.stream()
                    .map(held -> held.isInFourBits() ? held.text() : "as it is")
                    .collect(Collectors.joining(", "))));
    return BaseHolding.usual();
  }
}
