package dev.rankwise.jobs.run;

import dev.rankwise.adapters.peft.AdapterCard;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.datasets.shard.DataManifest;
import dev.rankwise.datasets.source.SourceDescription;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.session.MetricName;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.source.BaseNames;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import dev.rankwise.pipeline.evaluate.Evaluation;
import dev.rankwise.pipeline.tune.LibraryVersion;
import dev.rankwise.pipeline.tune.TunedModel;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Puts a trained adapter into the run folder, in PEFT's form and with its model card.
 *
 * @param folder the run folder
 * @param recipe what was asked for
 */
record AdapterStage(RunFolder folder, Recipe recipe) {
  /** Commits the adapter, whole or not at all; gives the hash of its weights file. */
  String commit(DataManifest manifest, TunedModel tuned, Optional<Evaluation> after) {
    AdapterCard card =
        new AdapterCard(
            LibraryVersion.RANKWISE,
            BaseNames.inHub(recipe.base().model()),
            manifest.baseSha256(),
            data(manifest),
            after.map(AdapterStage::figures).orElse(Map.of()));
    folder.commitDirectory(
        RunFiles.ADAPTER, staging -> PeftDirectory.write(staging, tuned.adapter(), card));
    return Sha256.ofFile(folder.resolve(RunFiles.ADAPTER).resolve(PeftDirectory.WEIGHTS));
  }

  private static Map<String, String> data(DataManifest manifest) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put(
        "sources",
        manifest.sources().stream()
            .map(SourceDescription::location)
            .collect(Collectors.joining(", ")));
    facts.put("training examples", count(manifest.train().examples()));
    facts.put("held-out examples", count(manifest.test().examples()));
    switch (manifest.kind()) {
      case LABELLED -> facts.put("classes", count(manifest.labels().size()));
      case SEQUENCES -> facts.put("tokens trained on", count(manifest.train().targets()));
    }
    return facts;
  }

  private static Map<String, String> figures(Evaluation evaluation) {
    Map<String, String> figures = new LinkedHashMap<>();
    evaluation
        .metrics()
        .mainFigures()
        .forEach((name, value) -> figures.put(MetricName.of(name), number(value)));
    return figures;
  }

  private static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }
}
