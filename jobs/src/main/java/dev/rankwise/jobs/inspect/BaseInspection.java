package dev.rankwise.jobs.inspect;

import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModelTask;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.source.BaseFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A base in Hugging Face's form. */
final class BaseInspection {
  private static final String WEIGHTS = "model.safetensors";

  private BaseInspection() {}

  static List<String> of(String name, Path folder) {
    ModelConfig config = ModelConfig.read(folder.resolve("config.json"));
    Facts facts = Facts.headed("Base " + name);
    facts.add("architecture", config.architecture());
    facts.add("task", config.task());
    facts.add("hidden size", (long) config.hiddenSize());
    facts.add("layers", (long) config.layers());
    facts.add("heads", (long) config.heads());
    facts.add("feed-forward size", (long) config.intermediateSize());
    config
        .images()
        .ifPresentOrElse(
            images ->
                facts.add(
                    "pictures",
                    "%s x %s pixels of %s channels, in patches of %s x %s"
                        .formatted(
                            images.side(),
                            images.side(),
                            images.channels(),
                            images.patch(),
                            images.patch())),
            () -> facts.add("vocabulary", (long) config.vocabularySize()));
    facts.add("longest sequence", (long) config.maximumSequence());
    if (!config.labels().isEmpty()) {
      facts.add("classes", config.labels());
    }
    Optional<Path> weights = BaseFiles.weights(folder);
    if (weights.isEmpty()) {
      return facts.add("weights", "none (no " + WEIGHTS + ")").lines();
    }
    try (SafetensorsFile file = SafetensorsFile.open(weights.get())) {
      facts.add("tensors", (long) file.tensors().size());
      facts.add("numbers", TensorListing.numbers(file));
      if (config.task() != ModelTask.PRETRAINING) {
        BaseWeights joined = BaseWeights.of(file, ModuleTree.of(config));
        facts.add("starting fresh", joined.missing().isEmpty() ? "nothing" : joined.missing());
        facts.add("not needed", joined.unused().isEmpty() ? "nothing" : joined.unused());
      }
    }
    return facts.lines();
  }
}
