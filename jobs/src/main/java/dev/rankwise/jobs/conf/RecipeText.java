package dev.rankwise.jobs.conf;

import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.jobs.text.YamlWriter;
import java.util.Map;

/** Writes a recipe in full: every key, in the order of the table, and no secret. */
final class RecipeText {
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
    return value instanceof String text ? Redaction.withoutSecrets(text) : value;
  }
}
