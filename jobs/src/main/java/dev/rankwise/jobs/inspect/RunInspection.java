package dev.rankwise.jobs.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rankwise.adapters.peft.PeftConfig;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.jobs.stored.FetchedAdapter;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.format.StrictJson;
import dev.rankwise.pipeline.checkpoint.LocalRunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A run folder and its files. */
final class RunInspection {
  private static final long MAXIMUM_BYTES = 64L << 20;
  private static final String RUNNING = "running";
  private static final ObjectMapper JSON = new ObjectMapper();

  private RunInspection() {}

  static List<String> of(Path folder) {
    JsonNode result = StrictJson.read(folder.resolve(RunFiles.RESULT), MAXIMUM_BYTES);
    Facts facts = Facts.headed("Run " + FetchedAdapter.shown(folder));
    for (String name :
        List.of(
            "status",
            "exit_code",
            "message",
            "started",
            "finished",
            "steps",
            "loss_first",
            "loss_last",
            "trainable_parameters",
            "tokens_per_second",
            "peak_memory_bytes",
            "adapter_sha256",
            "fingerprint")) {
      JsonNode value = result.path(name);
      if (!value.isMissingNode() && !value.asText().isEmpty()) {
        facts.add(name, value.asText());
      }
    }
    figures(facts, "before", result.path("evaluation").path("before"));
    figures(facts, "after", result.path("evaluation").path("after"));
    if (result.path("status").asText().equals(RUNNING)) {
      facts.add("written by", writer(folder));
    }
    Path adapter = folder.resolve(RunFiles.ADAPTER);
    if (Files.isRegularFile(adapter.resolve(PeftConfig.FILE))) {
      String sha256 = Sha256.ofFile(adapter.resolve(PeftDirectory.WEIGHTS));
      if (!result.path("adapter_sha256").asText().equals(sha256)) {
        facts.add("what lies here", formerRun(folder, sha256));
      }
      facts.addAll(AdapterInspection.of(adapter));
    }
    return facts.lines();
  }

  private static String writer(Path folder) {
    return LocalRunFolder.writer(folder)
        .orElse("nobody: the run was killed, or its host went down; start it again");
  }

  /** Whose the adapter is if it is not the one that the result speaks of. */
  private static String formerRun(Path folder, String adapterSha256) {
    String files = "adapter, evaluation.json, lineage.json and report.html are of a former run";
    Path lineage = folder.resolve(RunFiles.LINEAGE);
    if (!Files.isRegularFile(lineage)) {
      return files;
    }
    JsonNode origin = StrictJson.read(lineage, MAXIMUM_BYTES);
    if (origin.path("adapter_sha256").asText().equals(adapterSha256)) {
      return files + ", fingerprint " + origin.path("fingerprint").asText();
    }
    // The lineage is written with the adapter, so no run left these two together.
    return "an adapter that was changed or damaged after its run: its weights have the hash %s, lineage.json names %s"
        .formatted(adapterSha256, origin.path("adapter_sha256").asText());
  }

  /** A recipe as it is understood, every key with its value. */
  static List<String> ofRecipe(Path file) {
    Recipe recipe = Recipe.read(file, List.of());
    return Facts.headed("Recipe " + file)
        .addAll(recipe.notes().stream().map(note -> "  Note: " + note).toList())
        .addAll(recipe.toYaml().lines().toList())
        .lines();
  }

  /** The first and the last step of a metrics file. */
  static List<String> ofMetrics(Path file) {
    try {
      List<String> lines = Files.readAllLines(file);
      Facts facts = Facts.headed("Metrics " + file).add("steps", (long) lines.size());
      if (!lines.isEmpty()) {
        step(facts, "first", lines.get(0));
        step(facts, "last", lines.get(lines.size() - 1));
      }
      return facts.lines();
    } catch (IOException e) {
      throw new CorruptFileException(
          "Cannot read metrics %s: %s; a run writes one JSON object a line"
              .formatted(file, e.getMessage()),
          e);
    }
  }

  private static void step(Facts facts, String which, String line) throws IOException {
    JSON.readTree(line)
        .properties()
        .forEach(field -> facts.add(which + " " + field.getKey(), field.getValue().asText()));
  }

  /** The figure that matters most of what was measured. */
  private static void figures(Facts facts, String when, JsonNode figures) {
    for (String name : List.of("accuracy", "perplexity")) {
      if (figures.has(name)) {
        facts.add(name + " " + when, figures.path(name).asText());
      }
    }
  }
}
