package dev.rankwise.jobs.run;

import dev.rankwise.adapters.merge.MergedBase;
import dev.rankwise.adapters.merge.MergedWeights;
import dev.rankwise.adapters.peft.AdapterCard;
import dev.rankwise.adapters.peft.BaseHolding;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.plan.ModuleFigures;
import dev.rankwise.adapters.stack.StackedPlans;
import dev.rankwise.datasets.image.PicturePreparation;
import dev.rankwise.datasets.image.ProcessorConfig;
import dev.rankwise.datasets.prompt.EndTokens;
import dev.rankwise.datasets.prompt.PromptTokens;
import dev.rankwise.datasets.shard.DataManifest;
import dev.rankwise.datasets.source.SourceDescription;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.session.MetricName;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.VisionEmbedding;
import dev.rankwise.models.format.AtomicFile;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseNames;
import dev.rankwise.models.tokenizer.HuggingFaceTokenizer;
import dev.rankwise.models.tokenizer.Tokenizer;
import dev.rankwise.pipeline.checkpoint.DirectoryWriter;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import dev.rankwise.pipeline.evaluate.Evaluation;
import dev.rankwise.pipeline.tune.LibraryVersion;
import dev.rankwise.pipeline.tune.TunedModel;
import dev.rankwise.pipeline.vision.PictureInput;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

/**
 * Puts what was trained into the run folder: an adapter in PEFT's form with its model card, or the
 * base that full fine-tuning made.
 *
 * @param folder the run folder
 * @param recipe what was asked for
 * @param base the frozen base's files
 * @param held in which form the run held the base
 * @param seen how the run read its pictures; empty where it read none
 */
record AdapterStage(
    RunFolder folder,
    Recipe recipe,
    BaseDirectory base,
    BaseHolding held,
    Optional<PictureInput> seen) {
  private static final String MODEL_WEIGHTS = "model.safetensors";

  /** Commits it, whole or not at all. */
  TrainedWeights commit(DataManifest manifest, TunedModel tuned, Optional<Evaluation> after) {
    return tuned.adapter().plan().method().peftType().isPresent()
        ? adapter(manifest, tuned, after)
        : model(manifest, tuned.adapter());
  }

  private TrainedWeights adapter(
      DataManifest manifest, TunedModel tuned, Optional<Evaluation> after) {
    AdapterCard card =
        new AdapterCard(
            LibraryVersion.RANKWISE,
            BaseNames.inHub(recipe.base().model()),
            manifest.baseSha256(),
            held,
            OptionalInt.of(tuned.checks().trained().fixed()),
            tuned.stack().map(AdapterStage::both).orElse(Map.of()),
            data(manifest, tuned),
            after.map(AdapterStage::figures).orElse(Map.of()));
    return committed(
        RunFiles.ADAPTER,
        PeftDirectory.WEIGHTS,
        staging -> {
          PeftDirectory.write(staging, tuned.adapter(), card);
          tuned.adapter().plan().base().vision().ifPresent(vision -> pictures(vision, staging));
        });
  }

  private TrainedWeights committed(String kind, String weights, DirectoryWriter writer) {
    AtomicReference<TrainedWeights> written = new AtomicReference<>();
    folder.commitDirectory(
        kind,
        staging -> {
          writer.write(staging);
          written.set(TrainedWeights.of(kind, staging.resolve(weights)));
        });
    return written.get();
  }

  /** How the adapter wants its pictures lies with it, as it does with a base. */
  private void pictures(VisionEmbedding vision, Path folder) {
    PicturePreparation preparation =
        seen.map(PictureInput::preparation).orElseGet(() -> ProcessorConfig.usual(vision.images()));
    AtomicFile.write(folder.resolve(ProcessorConfig.FILE), ProcessorConfig.print(preparation));
  }

  /** What each of two adapters is that are saved as one. */
  private static Map<String, String> both(StackedPlans stack) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("first adapter, which stood still", figures(stack.first()));
    facts.put("second adapter, trained above it", figures(stack.second()));
    return facts;
  }

  private static String figures(AdapterPlan plan) {
    return ModuleFigures.of(plan)
        .map(it -> "%s, scale %s, on %s".formatted(it.text(), it.scale(), it.modules()))
        .orElseThrow();
  }

  /** All weights in one type and one file. */
  private TrainedWeights model(DataManifest manifest, Adapter trained) {
    ElementType type = recipe.output().modelDtype().orElse(recipe.base().dtype()).stored();
    try (SafetensorsFile file = SafetensorsFile.open(base.weights())) {
      BaseWeights frozen = BaseWeights.of(file, trained.plan().matched().tree());
      MergedBase merged = new MergedBase(MergedWeights.of(trained, frozen), base);
      return committed(
          RunFiles.MODEL,
          MODEL_WEIGHTS,
          staging -> {
            merged.write(staging, Optional.of(type), Long.MAX_VALUE);
            Optional.ofNullable(manifest.settings().get("chat-format"))
                .ifPresent(described -> endAsTrained(staging, described));
          });
    }
  }

  private void endAsTrained(Path model, String described) {
    try (Tokenizer tokenizer = HuggingFaceTokenizer.of(base)) {
      Optional<String> format = Optional.of(PromptTokens.formatOf(described));
      EndTokens.write(model, PromptTokens.of(model, tokenizer, format));
    }
  }

  private static Map<String, String> data(DataManifest manifest, TunedModel tuned) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put(
        "sources",
        manifest.sources().stream()
            .map(SourceDescription::location)
            .collect(Collectors.joining(", ")));
    facts.put("training examples", count(manifest.train().examples()));
    int leftOut = tuned.training().quarantined().size();
    if (leftOut > 0) {
      facts.put("of these left out, since they make a step fail", count(leftOut));
    }
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
