package dev.rankwise.jobs.conf;

import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.jobs.text.YamlNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Sorts what was given by the keys that are meant, and tells what means none. */
final class SettingsByKey {
  private final Problems problems;
  private final Map<String, Setting> byKey = new LinkedHashMap<>();
  private final Map<String, Setting> spark = new LinkedHashMap<>();
  private final Map<String, Setting> accumulations = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();

  SettingsByKey(Problems problems) {
    this.problems = problems;
  }

  /** Adds the settings of a file, where each key may be given once. */
  void addAll(List<Setting> settings) {
    sorted(settings, Repeated.REFUSED);
  }

  /** Adds the settings of the command line, which go before what is there; the last one counts. */
  void overrideWith(List<Setting> settings) {
    sorted(settings, Repeated.REPLACES);
  }

  private enum Repeated {
    REFUSED,
    REPLACES
  }

  /** The settings of our keys. */
  Map<String, Setting> byKey() {
    return byKey;
  }

  /** The settings of Spark's, by full name. */
  Map<String, Setting> spark() {
    return spark;
  }

  /** How foreign spellings were read. */
  List<String> notes() {
    return notes;
  }

  private void sorted(List<Setting> settings, Repeated repeated) {
    accumulations.clear();
    Map<String, Setting> given = new LinkedHashMap<>();
    for (Setting setting : settings) {
      sort(setting, repeated, given);
    }
    given.forEach(byKey::put);
    accumulations.values().forEach(this::multiplyBatch);
  }

  private void sort(Setting setting, Repeated repeated, Map<String, Setting> given) {
    String path = setting.path();
    if (KeyNames.isSpark(path)) {
      put(KeyNames.sparkName(path), setting, repeated, spark);
      return;
    }
    if (path.equals(ForeignKeys.ACCUMULATION) || path.equals("train." + ForeignKeys.ACCUMULATION)) {
      accumulations.put(path, setting);
      return;
    }
    Optional<RecipeKey> key = KeyNames.meant(path);
    if (key.isEmpty()) {
      problems.add(setting.place(), unknown(path));
      return;
    }
    String name = key.get().name();
    put(name, setting, repeated, given);
    if (!name.equals(path)) {
      notes.add("%s is read as %s".formatted(path, name));
    }
  }

  private void put(String key, Setting setting, Repeated repeated, Map<String, Setting> settings) {
    Setting before = settings.put(key, setting);
    if (before != null && repeated == Repeated.REFUSED) {
      problems.add(
          setting.place(),
          "%s is given as %s and, in %s, as %s; keep one of them"
              .formatted(
                  Redaction.shown(key),
                  Redaction.shown(setting.path()),
                  before.place().words(),
                  Redaction.shown(before.path())));
    }
  }

  /** A batch counts all examples of a step, those of accumulated passes as well. */
  private void multiplyBatch(Setting accumulation) {
    Setting batch = byKey.get("train.batch-size");
    KeyType count = KeyType.whole("[1, inf)");
    Optional<Object> passes = count.read(accumulation.value());
    if (batch == null || batch.path().equals("train.batch-size")) {
      problems.add(
          accumulation.place(),
          "unknown key \"%s\": train.batch-size counts all examples of a step; leave it out"
              .formatted(accumulation.path()));
    } else if (passes.isEmpty()) {
      problems.add(
          accumulation.place(),
          "invalid %s: %s (%s); write a number or leave it out"
              .formatted(
                  accumulation.path(), Redaction.shown(accumulation.value().kind()), count.rule()));
    } else if (count.read(batch.value()).isPresent()) {
      long size = (Long) count.read(batch.value()).get() * (Long) passes.get();
      byKey.put(
          "train.batch-size", batch.withValue(new YamlNode.Scalar(Long.toString(size), true)));
      notes.add(
          "%s times %s is read as train.batch-size %s, the examples of a step on all executors"
              .formatted(batch.path(), accumulation.path(), size));
    }
  }

  private static String unknown(String path) {
    String shown = "unknown key \"%s\"".formatted(Redaction.shown(path));
    return KeyNames.remedy(path)
        .map(remedy -> shown + ": " + remedy)
        .or(() -> KeyNames.nearest(path).map(near -> shown + "; did you mean \"" + near + "\"?"))
        .orElse(shown + "; docs/recipe.md lists the keys");
  }

  /**
   * A value that somebody gave to a key.
   *
   * @param path the key as written, its sections before it
   * @param value what was given
   * @param place where
   */
  record Setting(String path, YamlNode value, Place place) {

    /** The same with another value. */
    Setting withValue(YamlNode other) {
      return new Setting(path, other, place);
    }
  }
}
