package dev.rankwise.models.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/** The tokens of a {@code tokenizer.json} by their id, added tokens included. */
final class Vocabulary {
  private static final int MAXIMUM_ID = 1 << 24;

  /** Ids may leave some out, as vocabularies do that keep room; not more than their tokens take. */
  private static final int MOST_LEFT_OUT = 1 << 16;

  private final String[] tokens;
  private final int size;
  private final Map<String, Integer> ids;
  private final List<AddedToken> added;

  private Vocabulary(NavigableMap<Integer, String> byId, List<AddedToken> added) {
    this.tokens = new String[byId.lastKey() + 1];
    this.size = byId.size();
    this.ids = new HashMap<>(2 * size);
    byId.forEach(
        (id, token) -> {
          tokens[id] = token;
          ids.put(token, id);
        });
    for (AddedToken token : added) {
      ids.put(token.content(), token.id());
    }
    this.added = added.stream().sorted(Comparator.comparingInt(AddedToken::id)).toList();
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
    List<AddedToken> added = new ArrayList<>();
    for (JsonNode token : tokenizer.path("added_tokens")) {
      if (!isId(token.path("id")) || !token.path("content").isTextual()) {
        return Optional.empty();
      }
      int id = token.get("id").intValue();
      String content = token.get("content").textValue();
      byId.put(id, content);
      added.add(new AddedToken(id, content, token.path("special").asBoolean(false)));
    }
    if (!byId.isEmpty() && byId.lastKey() - byId.size() > MOST_LEFT_OUT + 4L * byId.size()) {
      return Optional.empty();
    }
    return byId.isEmpty() ? Optional.empty() : Optional.of(new Vocabulary(byId, added));
  }

  /** Number of tokens. */
  int size() {
    return size;
  }

  /** The highest id. */
  int highestId() {
    return tokens.length - 1;
  }

  /** The token of an id, or the id in angle brackets where there is none. */
  String token(int id) {
    boolean known = id >= 0 && id < tokens.length && tokens[id] != null;
    return known ? tokens[id] : "<" + id + ">";
  }

  /** The id of a token; empty where there is none. */
  OptionalInt id(String token) {
    Integer id = ids.get(token);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /** The added tokens, by id. */
  List<AddedToken> added() {
    return added;
  }

  private static boolean isId(JsonNode node) {
    return node.isIntegralNumber()
        && node.canConvertToInt()
        && node.intValue() >= 0
        && node.intValue() <= MAXIMUM_ID;
  }
}
