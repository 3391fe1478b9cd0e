package dev.rankwise.jobs.inspect;

import dev.rankwise.adapters.peft.AdapterOrigin;
import dev.rankwise.adapters.peft.PeftConfig;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.adapters.plan.AdapterMethods;
import dev.rankwise.adapters.spec.AdapterMethod;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.Sha256;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;

/** An adapter in PEFT's form. */
final class AdapterInspection {
  private AdapterInspection() {}

  static List<String> of(Path folder) {
    PeftConfig config = PeftConfig.read(folder.resolve(PeftConfig.FILE));
    AdapterSpec spec = config.spec();
    Facts facts = Facts.headed("Adapter " + folder);
    facts.add("base", config.base().isEmpty() ? "not named" : config.base());
    facts.add("method", spec.method());
    AdapterMethod method = AdapterMethods.named(spec.method());
    if (method.hasRank()) {
      facts.add("rank", (long) spec.rank());
      byPattern(facts, "other ranks", spec.rankPattern().values());
      facts.add("alpha", spec.alpha());
      byPattern(facts, "other alphas", spec.alphaPattern().values());
      boolean alike = spec.rankPattern().isEmpty() && spec.alphaPattern().isEmpty();
      facts.add(
          "scale",
          alike ? spec.scaling().scale(spec.alpha(), spec.rank()) : method.scaleFormula(spec));
    }
    if (!method.loadsInPeft()) {
      if (spec.mixture().byLayer().isEmpty()) {
        facts.add("experts", (long) spec.mixture().experts());
      } else {
        facts.add(
            "experts by layer", spec.mixture().byLayer().stream().map(String::valueOf).toList());
      }
      facts.add("method of an expert", spec.mixture().kind().name().toLowerCase(Locale.ROOT));
      boolean byTask = spec.mixture().routesByTask();
      facts.add(
          "experts of a token", (long) (byTask ? spec.mixture().experts() : spec.mixture().topK()));
      if (byTask) {
        facts.add("tasks", spec.mixture().calledTasks());
      }
    }
    facts.add("targets", spec.targets().entries());
    facts.add("trained in full", spec.modulesToSave());
    Optional<AdapterOrigin> origin = PeftDirectory.origin(folder);
    origin.ifPresent(
        it -> {
          facts.add("made by", "rankwise " + it.version());
          facts.add("SHA-256 of the base", it.baseSha256());
          if (it.held().isInFourBits()) {
            facts.add("base held in", it.held().text());
          }
          facts.add("classes", it.labels());
        });
    Path weights = folder.resolve(PeftDirectory.WEIGHTS);
    try (SafetensorsFile file = SafetensorsFile.open(weights)) {
      facts.add("tensors", (long) file.tensors().size());
      facts.add("numbers", TensorListing.numbers(file));
    }
    return facts.add("SHA-256", Sha256.ofFile(weights)).lines();
  }

  /** Which modules they are of needs the base's own. */
  private static void byPattern(Facts facts, String name, Collection<?> figures) {
    if (!figures.isEmpty()) {
      facts.add(name, new TreeSet<>(figures) + ", by module");
    }
  }
}
