package dev.rankwise.jobs.conf;

import dev.rankwise.adapters.peft.BaseHolding;
import dev.rankwise.datasets.source.table.JdbcSource;
import dev.rankwise.jobs.conf.SettingsByKey.Setting;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.jobs.text.YamlNode;
import dev.rankwise.jobs.text.YamlReader;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.quantized.BaseForm;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Makes a recipe of a text and the command line's settings, or says all that is wrong with them.
 */
final class RecipeReader {
  private final String name;
  private final Problems problems = new Problems();

  RecipeReader(String name) {
    this.name = name;
  }

  Recipe read(String yaml, List<String> sets) {
    SettingsByKey settings = new SettingsByKey(problems);
    settings.addAll(fileSettings(yaml));
    settings.overrideWith(commandLineSettings(sets));
    RecipeValues values = withDefaults(values(settings.byKey()), settings.byKey());
    SparkSection spark = new SparkSection(sparkSettings(settings.spark()));
    new RecipeRules(values, settings.byKey(), problems).check();
    problems.throwIfAny(name);
    List<String> notes = new ArrayList<>(settings.notes());
    notes.addAll(withoutEffect(values, settings.byKey()));
    return new Recipe(values, spark, notes);
  }

  /**
   * What is given and read by nothing: told and not refused, so that one word makes another method
   * of a recipe.
   */
  private static List<String> withoutEffect(RecipeValues values, Map<String, Setting> settings) {
    String asked = values.text("adapter.method");
    String ratio = "train.loraplus-ratio";
    List<String> notes = new ArrayList<>();
    for (String name : settings.keySet()) {
      RecipeKey key = RecipeKeys.named(name).orElseThrow();
      if (key.isWithoutEffect(asked, values.value(name))) {
        notes.add(
            "%s is read by method %s alone and does nothing beside %s"
                .formatted(name, key.method().orElseThrow(), asked));
      }
      boolean further = name.startsWith("train.loraplus-") && !name.equals(ratio);
      if (further && !values.has(ratio) && !key.isDefault(values.value(name))) {
        notes.add("%s does nothing without %s".formatted(name, ratio));
      }
    }
    return notes;
  }

  private List<Setting> fileSettings(String yaml) {
    List<Setting> settings = new ArrayList<>();
    try {
      YamlNode root = YamlReader.read(yaml).orElse(new YamlNode.Entries(List.of()));
      if (!(root instanceof YamlNode.Entries entries)) {
        throw new UserInputException(
            "a recipe must be a map of sections, but this is %s; start with \"base:\""
                .formatted(Redaction.shown(root.kind())));
      }
      flatten("", entries, settings);
    } catch (UserInputException e) {
      problems.add(e.getMessage());
      // What is missing cannot be told from what could not be read.
      problems.throwIfAny(name);
    }
    return settings;
  }

  private void flatten(String prefix, YamlNode.Entries entries, List<Setting> settings) {
    for (YamlNode.Entry entry : entries.entries()) {
      String path = prefix + entry.key();
      Place place = Place.line(entry.line());
      boolean section = KeyNames.isSection(path);
      boolean inside = section || KeyNames.isSpark(path);
      if (inside && entry.value() instanceof YamlNode.Entries nested) {
        flatten(path + ".", nested, settings);
      } else if (!section || isOneValue(path, entry.value())) {
        settings.add(new Setting(path, entry.value(), place));
      } else if (!entry.value().isNull()) {
        problems.add(
            place,
            "section \"%s\" must hold keys, one a line; indent them below it".formatted(path));
      }
    }
  }

  /** Whether a section has a value in its place that stands for one of its keys. */
  private static boolean isOneValue(String section, YamlNode value) {
    return KeyNames.meant(section).isPresent()
        && value instanceof YamlNode.Scalar
        && !value.isNull();
  }

  private List<Setting> commandLineSettings(List<String> sets) {
    List<Setting> settings = new ArrayList<>();
    for (String set : sets) {
      int equals = set.indexOf('=');
      String path = equals < 0 ? "" : set.substring(0, equals).strip();
      if (path.isEmpty()) {
        problems.add(
            Place.COMMAND_LINE,
            "a setting must have the form section.key=value, such as train.seed=1");
        continue;
      }
      node(path, set.substring(equals + 1).strip())
          .ifPresent(node -> settings.add(new Setting(path, node, Place.COMMAND_LINE)));
    }
    return settings;
  }

  private Optional<YamlNode> node(String path, String text) {
    boolean quoted = text.startsWith("\"") || text.startsWith("'");
    boolean literal =
        KeyNames.isSpark(path)
            || KeyNames.meant(path).filter(k -> k.type().isLiteral()).isPresent();
    if (literal && !quoted) {
      return Optional.of(new YamlNode.Scalar(text, true));
    }
    try {
      return Optional.of(YamlReader.read(text).orElse(new YamlNode.Scalar("", true)));
    } catch (UserInputException e) {
      problems.add(
          Place.COMMAND_LINE,
          "the value of %s is not YAML; write it as in a recipe, and quote it for the shell"
              .formatted(Redaction.shown(path)));
      return Optional.empty();
    }
  }

  private RecipeValues values(Map<String, Setting> settings) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (RecipeKey key : RecipeKeys.all()) {
      Setting setting = settings.get(key.name());
      Optional<Object> value = setting == null ? Optional.empty() : read(key, setting);
      value.or(key::defaultValue).ifPresent(given -> values.put(key.name(), given));
    }
    return new RecipeValues(values);
  }

  private Optional<Object> read(RecipeKey key, Setting setting) {
    if (setting.value().isNull()) {
      return Optional.empty();
    }
    Optional<Object> value = key.type().read(setting.value());
    if (value.isEmpty()) {
      problems.add(
          setting.place(),
          "invalid %s: %s (%s); write %s"
              .formatted(
                  key.name(),
                  Redaction.shown(setting.value().kind()),
                  key.type().rule(),
                  setting.place().form(key)));
    }
    return value;
  }

  private static RecipeValues withDefaults(RecipeValues given, Map<String, Setting> settings) {
    RecipeValues values = given;
    if (!values.has("base.dtype")) {
      String key = "base.quantization";
      BaseForm form = BaseForm.labelled(values.text(key), key);
      values = values.with("base.dtype", Words.of(BaseHolding.usualType(form)));
    }
    Setting alpha = settings.get("adapter.alpha");
    boolean open = alpha == null || alpha.value().isNull();
    if (open && values.text("adapter.method").equals("vora")) {
      // VoRA adds its factors' product as it is.
      values = values.with("adapter.alpha", (double) values.whole("adapter.rank"));
    }
    boolean split =
        values.has("data.test-rows")
            || values.has("data.train-rows")
            || values.has("data.evaluation-source");
    if (!split && !values.has("data.test-fraction")) {
      values = values.with("data.test-fraction", RecipeKeys.DEFAULT_TEST_FRACTION);
    }
    if (!values.has("train.warmup-steps") && !values.has("train.warmup-fraction")) {
      values = values.with("train.warmup-fraction", RecipeKeys.DEFAULT_WARMUP_FRACTION);
    }
    return values;
  }

  private SortedMap<String, String> sparkSettings(Map<String, Setting> settings) {
    SortedMap<String, String> texts = new TreeMap<>();
    settings.forEach(
        (key, setting) -> {
          if (key.equals(JdbcSource.PASSWORD)) {
            problems.add(
                setting.place(),
                "a password does not belong into a recipe; leave %s out, and set %s in the environment"
                    .formatted(key, JdbcSource.PASSWORD_VARIABLE));
          } else if (setting.value() instanceof YamlNode.Scalar scalar) {
            if (!scalar.isNull()) {
              texts.put(key, scalar.text());
            }
          } else {
            problems.add(
                setting.place(),
                "invalid %s: %s (must be a text, a number, true or false); write Spark's lists as"
                        .formatted(Redaction.shown(key), setting.value().kind())
                    + " one text with commas");
          }
        });
    return texts;
  }
}
