package dev.rankwise.jobs.conf;

import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.jobs.text.YamlWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Writes a recipe in full: every key, in the order of the table, and no secret. */
final class RecipeText {
  private static final Set<String> PLACES =
      Set.of(
          "data.prepared",
          "output.directory",
          "output.checkpoint-directory",
          "output.checkpoint-every-steps",
          "output.checkpoints-kept",
          "evaluate.gates");

  /** What is done around a run and leaves it as it is. */
  private static final Set<String> AROUND = Set.of("nightly", "tracking");

  private RecipeText() {}

  static String of(RecipeValues values, SparkSection spark) {
    StringBuilder text = new StringBuilder();
    for (String section : RecipeKeys.sections().keySet()) {
      if (section.equals(RecipeKeys.SPARK)) {
        append(text, spark);
        continue;
      }
      text.append(section).append(":\n");
      for (RecipeKey key : RecipeKeys.of(section)) {
        Object value = withoutSecrets(values.value(key.name()));
        text.append("  ").append(key.shortName()).append(": ");
        text.append(YamlWriter.value(value)).append('\n');
      }
    }
    return text.toString();
  }

  /**
   * The values of keys, one a line, without secrets and without those that only say where a run
   * leaves what it needs on the way, or what is made of its result. A default is left out, so that
   * a later version with more keys says the same.
   *
   * @param sections of which sections
   */
  static String asked(RecipeValues values, List<String> sections) {
    StringBuilder text = new StringBuilder();
    for (RecipeKey key : RecipeKeys.all()) {
      boolean decides = !PLACES.contains(key.name()) && !AROUND.contains(key.section());
      if (sections.contains(key.section()) && decides) {
        Object value = withoutSecrets(values.value(key.name()));
        if (Optional.ofNullable(value).equals(key.defaultValue())) {
          continue;
        }
        text.append(key.name()).append(": ").append(YamlWriter.value(value)).append('\n');
      }
    }
    return text.toString();
  }

  private static void append(StringBuilder text, SparkSection spark) {
    text.append(RecipeKeys.SPARK).append(':').append(spark.settings().isEmpty() ? " {}\n" : "\n");
    for (Map.Entry<String, String> setting : spark.settings().entrySet()) {
      String name = setting.getKey().substring(RecipeKeys.SPARK.length() + 1);
      String value = Redaction.of(setting.getKey(), setting.getValue());
      text.append("  ").append(YamlWriter.value(name)).append(": ");
      text.append(YamlWriter.value(value)).append('\n');
    }
  }

  private static Object withoutSecrets(Object value) {
    if (value instanceof Map<?, ?> map) {
      Map<Object, Object> told = new LinkedHashMap<>();
      map.forEach((name, inner) -> told.put(name, withoutSecrets(inner)));
      return told;
    }
    return value instanceof String text ? Redaction.withoutSecrets(text) : value;
  }
}
