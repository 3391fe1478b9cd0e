package dev.rankwise.jobs.mlflow;

import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.jobs.text.YamlNode;
import dev.rankwise.jobs.text.YamlReader;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** What a run is, as MLflow has it: parameters and tags, names and texts. */
final class RunFacts {
  /** The tag by which a run that was begun is found again. */
  static final String IDENTITY = "rankwise.run";

  /** The tag with a night's key. */
  static final String RUN_KEY = "rankwise.run_key";

  /** What every MLflow since 1.0 takes as a parameter's value. */
  private static final int MOST_CHARACTERS = 500;

  private static final int MOST_IN_NAME = 250;

  private RunFacts() {}

  /**
   * The parameters: the recipe as it was resolved, one for each key that has a value. Secrets were
   * left out when it was written.
   */
  static Map<String, String> parameters(FinishedFolder run) {
    Map<String, String> parameters = new LinkedHashMap<>();
    YamlNode recipe = YamlReader.read(run.recipe().toYaml()).orElseThrow();
    for (YamlNode.Entry section : ((YamlNode.Entries) recipe).entries()) {
      for (YamlNode.Entry key : ((YamlNode.Entries) section.value()).entries()) {
        String value = text(key.value());
        boolean told = !key.value().isNull() && !value.isBlank();
        if (told && !value.contains(Redaction.REDACTED)) {
          parameters.put(name(section.key() + "." + key.key()), cut(value));
        }
      }
    }
    return Collections.unmodifiableMap(parameters);
  }

  /** The tags that say where it comes from. */
  static Map<String, String> tags(FinishedFolder run) {
    Map<String, String> tags = new LinkedHashMap<>();
    tags.put(IDENTITY, run.identity());
    tags.put("rankwise.release", run.lineage().path("rankwise").asText());
    tags.put(
        "rankwise.libtorch",
        run.result().path("fingerprint_parts").path("libraries.libtorch").asText());
    tags.put("rankwise.base", Redaction.withoutSecrets(run.lineage().path("base").asText()));
    tags.put("rankwise.base_sha256", run.lineage().path("base_sha256").asText());
    tags.put("rankwise.data_sha256", run.lineage().path("data_sha256").asText());
    tags.put("rankwise.recipe_sha256", run.recipe().sha256());
    tags.put(
        run.isModel() ? "rankwise.model_sha256" : "rankwise.adapter_sha256", run.trainedSha256());
    tags.put("rankwise.fingerprint", run.lineage().path("fingerprint").asText());
    tags.put("rankwise.folder", Redaction.withoutSecrets(run.recipe().output().directory()));
    tags.put("mlflow.source.name", "rankwise");
    tags.put("mlflow.source.type", "JOB");
    tags.values().removeIf(String::isEmpty);
    return Collections.unmodifiableMap(tags);
  }

  /** A name that MLflow takes, which is a path to it too: what it refuses is an underscore. */
  static String name(String of) {
    String taken =
        Arrays.stream(of.replaceAll("[^A-Za-z0-9_./ -]", "_").split("/", -1))
            .map(part -> part.matches("\\.{0,2}") ? "_" : part)
            .collect(Collectors.joining("/"));
    return taken.length() > MOST_IN_NAME ? taken.substring(0, MOST_IN_NAME) : taken;
  }

  private static String text(YamlNode node) {
    if (node instanceof YamlNode.Scalar scalar) {
      return scalar.text();
    }
    if (node instanceof YamlNode.Items list) {
      return list.items().stream().map(RunFacts::text).collect(Collectors.joining(", ", "[", "]"));
    }
    return ((YamlNode.Entries) node)
        .entries().stream()
            .map(entry -> entry.key() + ": " + text(entry.value()))
            .collect(Collectors.joining(", ", "{", "}"));
  }

  private static String cut(String value) {
    if (value.length() <= MOST_CHARACTERS) {
      return value;
    }
    int end = MOST_CHARACTERS - 1;
    return value.substring(0, Character.isHighSurrogate(value.charAt(end - 1)) ? end - 1 : end)
        + "…";
  }
}
