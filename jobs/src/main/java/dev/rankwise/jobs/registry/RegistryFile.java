package dev.rankwise.jobs.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.StrictJson;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What {@value #NAME} says: all versions and promotions. It is replaced as a whole, so a version
 * and its alias appear at one moment.
 *
 * @param model what the versions are of
 * @param versions the versions, the oldest first, with numbers from 1
 * @param promotions what was made the champion, the oldest first
 */
record RegistryFile(String model, List<Entry> versions, List<Promotion> promotions) {
  static final String NAME = "registry.json";
  static final int MOST_BYTES = 64 << 20;

  private static final String FORMAT = "rankwise-registry";
  private static final int LAYOUT = 1;
  private static final String ROLL_BACK = "roll-back";

  RegistryFile {
    versions = List.copyOf(versions);
    promotions = List.copyOf(promotions);
  }

  /** A version and when it was registered. */
  record Entry(int number, Instant registered, VersionCard card) {}

  /**
   * One move of the champion.
   *
   * @param version the champion from there on
   * @param former the champion until then; empty for none
   * @param time when
   * @param by who asked for it
   */
  record Promotion(int version, OptionalInt former, Instant time, String by) {
    boolean isRollBack() {
      return by.equals(ROLL_BACK);
    }
  }

  /** That of a registry in which nothing is registered yet. */
  static RegistryFile empty(String model) {
    return new RegistryFile(model, List.of(), List.of());
  }

  /** Number of the version that was registered last. */
  OptionalInt candidate() {
    return versions.isEmpty() ? OptionalInt.empty() : OptionalInt.of(versions.size());
  }

  /** Number of the version in use. */
  OptionalInt champion() {
    return promotions.isEmpty()
        ? OptionalInt.empty()
        : OptionalInt.of(promotions.get(promotions.size() - 1).version());
  }

  Optional<Entry> ofRun(String runKey) {
    return versions.stream().filter(entry -> entry.card().runKey().equals(runKey)).findFirst();
  }

  /** The same and one version more. */
  RegistryFile with(VersionCard card, Instant registered) {
    List<Entry> more = new ArrayList<>(versions);
    more.add(new Entry(next(), registered, card));
    return new RegistryFile(model, more, promotions);
  }

  /** The number of the next version. */
  int next() {
    return versions.size() + 1;
  }

  /**
   * The same with another champion.
   *
   * @throws UserInputException if there is no such version
   */
  RegistryFile promoted(int version, String by, Instant time) {
    if (version < 1 || version > versions.size()) {
      throw new UserInputException(
          "Cannot promote version %s of %s (%s); name one that is registered"
              .formatted(
                  version,
                  Redaction.printable(model),
                  versions.isEmpty()
                      ? "there is none"
                      : "must be in [1, " + versions.size() + "]"));
    }
    OptionalInt former = champion();
    if (former.equals(OptionalInt.of(version))) {
      return this;
    }
    List<Promotion> more = new ArrayList<>(promotions);
    more.add(new Promotion(version, former, time, by));
    return new RegistryFile(model, versions, more);
  }

  /**
   * The same with the champion that there was when the present one was promoted. Going back twice
   * goes back two versions: what went back is no promotion.
   *
   * @throws UserInputException if there was none
   */
  RegistryFile rolledBack(Instant time) {
    OptionalInt now = champion();
    OptionalInt former =
        promotions.stream()
            .filter(it -> !it.isRollBack() && OptionalInt.of(it.version()).equals(now))
            .reduce((first, second) -> second)
            .map(Promotion::former)
            .orElse(OptionalInt.empty());
    if (former.isEmpty()) {
      throw new UserInputException(
          "Cannot roll back %s: %s; name a version with --promote"
              .formatted(
                  Redaction.printable(model),
                  now.isEmpty()
                      ? "no version was promoted yet"
                      : "no version was in use before version " + now.getAsInt()));
    }
    return promoted(former.getAsInt(), ROLL_BACK, time);
  }

  boolean wasPromoted(int version) {
    return promotions.stream().anyMatch(it -> it.version() == version);
  }

  Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("format", FORMAT);
    fields.put("layout", LAYOUT);
    fields.put("model", model);
    Map<String, Object> aliases = new LinkedHashMap<>();
    candidate().ifPresent(number -> aliases.put(Alias.CANDIDATE.label(), number));
    champion().ifPresent(number -> aliases.put(Alias.CHAMPION.label(), number));
    fields.put("aliases", aliases);
    List<Map<String, Object>> all = new ArrayList<>();
    for (Entry entry : versions) {
      Map<String, Object> version = new LinkedHashMap<>();
      version.put("version", entry.number());
      version.put("registered", entry.registered().toString());
      version.putAll(entry.card().fields());
      all.add(version);
    }
    fields.put("versions", all);
    List<Map<String, Object>> moves = new ArrayList<>();
    for (Promotion promotion : promotions) {
      Map<String, Object> move = new LinkedHashMap<>();
      move.put("version", promotion.version());
      move.put("former", promotion.former().isPresent() ? promotion.former().getAsInt() : null);
      move.put("time", promotion.time().toString());
      move.put("by", promotion.by());
      moves.add(move);
    }
    fields.put("promotions", moves);
    return fields;
  }

  /**
   * Reads what {@link #fields} wrote.
   *
   * @param origin where it lies, for messages
   * @throws CorruptFileException if it is anything else
   * @throws UserInputException if another version of Rankwise wrote it
   */
  static RegistryFile read(byte[] bytes, String origin) {
    ObjectNode json = StrictJson.parse(bytes, origin);
    if (!json.path("format").asText().equals(FORMAT) || !json.path("model").isTextual()) {
      throw corrupt(origin, "it is not that of a registry");
    }
    if (json.path("layout").asInt() != LAYOUT) {
      throw new UserInputException(
          ("Cannot use registry %s: its layout is %s, and this version of Rankwise knows layout %s;"
                  + " use the version that wrote it")
              .formatted(origin, json.path("layout").asInt(), LAYOUT));
    }
    List<Entry> versions = new ArrayList<>();
    for (JsonNode version : json.path("versions")) {
      VersionCard card =
          VersionCard.of(version)
              .filter(it -> version.path("version").asInt() == versions.size() + 1)
              .orElseThrow(() -> corrupt(origin, "an entry of \"versions\" is not whole"));
      versions.add(new Entry(versions.size() + 1, instant(version, "registered", origin), card));
    }
    List<Promotion> promotions = new ArrayList<>();
    for (JsonNode move : json.path("promotions")) {
      int version = move.path("version").asInt();
      if (version < 1 || version > versions.size()) {
        throw corrupt(origin, "a promotion is of version %s, which it lacks".formatted(version));
      }
      OptionalInt former =
          move.path("former").isInt()
              ? OptionalInt.of(move.path("former").asInt())
              : OptionalInt.empty();
      promotions.add(
          new Promotion(version, former, instant(move, "time", origin), move.path("by").asText()));
    }
    return new RegistryFile(json.path("model").asText(), versions, promotions);
  }

  private static Instant instant(JsonNode json, String name, String origin) {
    try {
      return Instant.parse(json.path(name).asText());
    } catch (DateTimeException e) {
      throw corrupt(origin, "\"%s\" is no time".formatted(name));
    }
  }

  private static CorruptFileException corrupt(String origin, String why) {
    return new CorruptFileException(
        "Cannot read registry %s: %s (the file must be as it was written); put a copy of it back"
            .formatted(origin, why));
  }
}
