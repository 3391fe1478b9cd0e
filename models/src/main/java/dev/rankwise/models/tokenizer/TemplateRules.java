package dev.rankwise.models.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a post-processor's templates must hold. The native library checks it when it encodes, and
 * then ends the whole process.
 */
final class TemplateRules {
  private TemplateRules() {}

  /** What is wrong with the templates of a post-processor, itself or in a sequence of them. */
  static Optional<String> problem(JsonNode processor) {
    List<JsonNode> templates = new ArrayList<>();
    collect(processor, templates);
    // What comes out of one is in as many parts as it has steps, and the next takes one or two.
    return templates.size() > 1
        ? Optional.of("its post-processor has more than one template")
        : templates.stream().flatMap(template -> ofTemplate(template).stream()).findFirst();
  }

  private static void collect(JsonNode processor, List<JsonNode> templates) {
    if (processor.has("single") || processor.has("pair")) {
      templates.add(processor);
    }
    processor.path("processors").forEach(inner -> collect(inner, templates));
  }

  private static Optional<String> ofTemplate(JsonNode template) {
    JsonNode known = template.path("special_tokens");
    for (String form : new String[] {"single", "pair"}) {
      for (JsonNode step : template.path(form)) {
        JsonNode token = step.path("SpecialToken").path("id");
        if (token.isTextual() && !known.has(token.textValue())) {
          return Optional.of("its post-processor inserts a special token that it does not define");
        }
      }
    }
    for (JsonNode step : template.path("single")) {
      if (step.path("Sequence").path("id").asText().equals("B")) {
        return Optional.of("its post-processor puts a second text behind a single one");
      }
    }
    return Optional.empty();
  }
}
