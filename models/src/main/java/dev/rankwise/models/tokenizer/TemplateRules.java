package dev.rankwise.models.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/**
 * What a post-processor's templates must hold. The native library checks it when it encodes, and
 * then ends the whole process.
 */
final class TemplateRules {
  private TemplateRules() {}

  /** What is wrong with the templates of a post-processor, itself or in a sequence of them. */
  static Optional<String> problem(JsonNode processor) {
    for (JsonNode inner : processor.path("processors")) {
      Optional<String> problem = problem(inner);
      if (problem.isPresent()) {
        return problem;
      }
    }
    JsonNode known = processor.path("special_tokens");
    for (String form : new String[] {"single", "pair"}) {
      for (JsonNode step : processor.path(form)) {
        JsonNode token = step.path("SpecialToken").path("id");
        if (token.isTextual() && !known.has(token.textValue())) {
          return Optional.of("its post-processor inserts a special token that it does not define");
        }
      }
    }
    return Optional.empty();
  }
}
