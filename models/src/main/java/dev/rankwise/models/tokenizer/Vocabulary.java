package dev.rankwise.models.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The tokens of a {@code tokenizer.json} by their id, added tokens included. */
final class Vocabulary {
  private static final int MAXIMUM_ID = 1 << 24;

  private final String[] tokens;
  private final int size;

  private Vocabulary(Map<Integer, String> byId, int highest) {
    this.tokens = new String[highest + 1];
    byId.forEach((id, token) -> tokens[id] = token);
    this.size = byId.size();
  }

  /** The vocabulary, or empty where the file does not hold one as it should. */
  static Optional<Vocabulary> of(ObjectNode tokenizer) {
    TreeMap<Integer, String> byId = new TreeMap<>();
    JsonNode entries = tokenizer.path("model").path("vocab");
    if (entries.isObject()) {
      for (Map.Entry<String, JsonNode> entry : entries.properties()) {
        if (!isId(entry.getValue())
            || byId.put(entry.getValue().intValue(), entry.getKey()) != null) {
          return Optional.empty();
        }
      }
    } else {
      // A unigram model lists pairs of token and score; the id is the place in the list.
      for (int id = 0; id < entries.size(); id++) {
        byId.put(id, entries.get(id).path(0).asText());
      }
    }
    for (JsonNode added : tokenizer.path("added_tokens")) {
      if (!isId(added.path("id")) || !added.path("content").isTextual()) {
        return Optional.empty();
      }
      byId.put(added.get("id").intValue(), added.get("content").textValue());
    }
    return byId.isEmpty() ? Optional.empty() : Optional.of(new Vocabulary(byId, byId.lastKey()));
  }

  /** Number of tokens. */
  int size() {
    return size;
  }

  /** The token of an id, or the id in angle brackets where there is none. */
  String token(int id) {
    boolean known = id >= 0 && id < tokens.length && tokens[id] != null;
    return known ? tokens[id] : "<" + id + ">";
  }

  private static boolean isId(JsonNode node) {
    return node.isIntegralNumber()
        && node.canConvertToInt()
        && node.intValue() >= 0
        && node.intValue() <= MAXIMUM_ID;
  }
}
