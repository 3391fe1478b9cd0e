package dev.rankwise.jobs.sweep;

import dev.rankwise.jobs.sweep.SweepFile.Choice;
import dev.rankwise.jobs.sweep.SweepFile.GroupBy;
import dev.rankwise.jobs.sweep.SweepFile.Variation;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.jobs.text.YamlNode;
import dev.rankwise.jobs.text.YamlReader;
import dev.rankwise.models.failure.NearestName;
import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads a sweep file, and says all at once what is wrong with its form. */
final class SweepReader {
  private static final String RECIPE = "recipe";
  private static final String CAPTION = "caption";
  private static final String SETTINGS = "settings";
  private static final String VARIANTS = "variants";
  private static final String AXES = "axes";
  private static final String SEEDS = "seeds";
  private static final String ALSO = "also-evaluate";
  private static final String GROUP_BY = "group-by";
  private static final String LEAST_ROWS = "least-rows";
  private static final List<String> KEYS =
      List.of(RECIPE, CAPTION, SETTINGS, VARIANTS, AXES, GROUP_BY, LEAST_ROWS, SEEDS, ALSO);

  /** The key that {@code seeds} sets. */
  static final String SEED = "train.seed";

  private final Path path;
  private final List<String> problems = new ArrayList<>();
  private final Map<String, YamlNode.Entry> given = new LinkedHashMap<>();

  private SweepReader(Path path) {
    this.path = path;
  }

  /**
   * Reads a file.
   *
   * @throws UserInputException with all problems of its form at once; what its settings mean is
   *     judged with the recipes
   */
  static SweepFile read(Path path) {
    return new SweepReader(path).read();
  }

  private SweepFile read() {
    try {
      YamlNode root = YamlReader.read(text()).orElse(new YamlNode.Entries(List.of()));
      if (root instanceof YamlNode.Entries entries) {
        entries.entries().forEach(this::sort);
      } else {
        problems.add("a sweep must be a map of keys; start with \"recipe:\"");
      }
    } catch (UserInputException e) {
      problems.add(e.getMessage());
    }
    refuseIfWrong();
    List<Variation> compared = new ArrayList<>(variants().stream().toList());
    compared.addAll(axes());
    SweepFile file =
        new SweepFile(
            path,
            recipe(),
            caption(),
            maps(SETTINGS).map(this::settings).orElse(List.of()),
            compared,
            groupBy(),
            seeds(),
            alsoEvaluated());
    refuseIfWrong();
    return file;
  }

  private String text() {
    try {
      // A character takes at most four bytes, so no file of that size is short enough.
      if (Files.size(path) > 4L * YamlReader.MAXIMUM_CHARACTERS) {
        throw new UserInputException("the file is too long; name one that lists runs");
      }
      return Files.readString(path);
    } catch (CharacterCodingException e) {
      throw new UserInputException("it is not UTF-8; save it in that encoding", e);
    } catch (IOException e) {
      throw new UserInputException("it cannot be read; name a YAML file that can be", e);
    }
  }

  private void sort(YamlNode.Entry entry) {
    if (KEYS.contains(entry.key())) {
      given.put(entry.key(), entry);
      return;
    }
    String near =
        NearestName.nearest(entry.key(), KEYS)
            .map(key -> "did you mean \"" + key + "\"?")
            .orElse("the keys are " + String.join(", ", KEYS));
    problems.add(
        "line %s: unknown key \"%s\"; %s"
            .formatted(entry.line(), Redaction.shown(entry.key()), near));
  }

  private void refuseIfWrong() {
    if (!problems.isEmpty()) {
      throw refused(path, problems);
    }
  }

  /** The failure that tells what is wrong with a sweep. */
  static UserInputException refused(Path path, List<String> problems) {
    String start = "Cannot use sweep \"%s\": ".formatted(Redaction.shown(path.toString()));
    return new UserInputException(
        problems.size() == 1
            ? start + problems.get(0)
            : start + problems.size() + " problems\n- " + String.join("\n- ", problems));
  }

  private Path recipe() {
    return scalar(RECIPE)
        .map(this::beside)
        .orElseGet(
            () -> {
              problems.add("recipe is missing; name the recipe that every run starts from");
              return path;
            });
  }

  private String caption() {
    return scalar(CAPTION).orElse("").strip();
  }

  private Path beside(String name) {
    return path.resolveSibling(name);
  }

  private Optional<String> scalar(String key) {
    YamlNode.Entry entry = given.get(key);
    if (entry == null || entry.value().isNull()) {
      return Optional.empty();
    }
    if (entry.value() instanceof YamlNode.Scalar scalar) {
      return Optional.of(scalar.text());
    }
    problems.add(form(entry, "must be one text"));
    return Optional.of("");
  }

  private Optional<YamlNode.Entries> maps(String key) {
    YamlNode.Entry entry = given.get(key);
    if (entry == null || entry.value().isNull()) {
      return Optional.empty();
    }
    if (entry.value() instanceof YamlNode.Entries entries) {
      return Optional.of(entries);
    }
    problems.add(form(entry, "must be a map; indent its keys below it"));
    return Optional.empty();
  }

  private Optional<Variation> variants() {
    List<Choice> choices = new ArrayList<>();
    for (YamlNode.Entry entry : maps(VARIANTS).map(YamlNode.Entries::entries).orElse(List.of())) {
      if (entry.value() instanceof YamlNode.Entries settings) {
        choices.add(new Choice(entry.key(), settings(settings)));
      } else if (entry.value().isNull()) {
        choices.add(new Choice(entry.key(), List.of()));
      } else {
        problems.add(form(entry, "must be a map of settings; {} sets nothing"));
      }
    }
    return choices.isEmpty() ? Optional.empty() : Optional.of(new Variation(choices));
  }

  private List<Variation> axes() {
    List<Variation> axes = new ArrayList<>();
    maps(AXES).ifPresent(map -> axes(map, "", axes));
    return axes;
  }

  private void axes(YamlNode.Entries map, String section, List<Variation> axes) {
    for (YamlNode.Entry entry : map.entries()) {
      String key = section + entry.key();
      if (section.isEmpty() && entry.value() instanceof YamlNode.Entries nested) {
        axes(nested, key + ".", axes);
      } else if (entry.value() instanceof YamlNode.Items values && !values.items().isEmpty()) {
        List<Choice> choices = new ArrayList<>();
        for (YamlNode value : values.items()) {
          String text = SettingText.of(value);
          String label = key.substring(key.lastIndexOf('.') + 1) + " " + Redaction.of(key, text);
          choices.add(new Choice(label, List.of(key + "=" + text)));
        }
        axes.add(new Variation(choices));
      } else {
        problems.add(form(entry, "must be a list of at least one value, such as [1, 2]"));
      }
    }
  }

  /** The settings of a map, whose sections may stand before a dot or above it. */
  private List<String> settings(YamlNode.Entries map) {
    List<String> settings = new ArrayList<>();
    for (YamlNode.Entry entry : map.entries()) {
      boolean section = !entry.key().contains(".");
      if (section && entry.value() instanceof YamlNode.Entries nested) {
        for (YamlNode.Entry inner : nested.entries()) {
          settings.add(entry.key() + "." + inner.key() + "=" + SettingText.of(inner.value()));
        }
      } else {
        settings.add(entry.key() + "=" + SettingText.of(entry.value()));
      }
    }
    return settings;
  }

  private Optional<GroupBy> groupBy() {
    Optional<Integer> least = leastRows();
    Optional<String> column = scalar(GROUP_BY).filter(name -> !name.isEmpty());
    if (column.isEmpty() && least.isPresent()) {
      problems.add(
          "least-rows is of groups, and group-by is missing; name a column or leave it out");
    }
    return column.map(name -> new GroupBy(name, least.orElse(1)));
  }

  private Optional<Integer> leastRows() {
    YamlNode.Entry entry = given.get(LEAST_ROWS);
    if (entry == null || entry.value().isNull()) {
      return Optional.empty();
    }
    Optional<Integer> rows =
        whole(entry.value()).filter(n -> n >= 1 && n <= Integer.MAX_VALUE).map(Long::intValue);
    if (rows.isEmpty()) {
      problems.add(form(entry, "must be a whole number, at least 1"));
    }
    return rows;
  }

  private List<Long> seeds() {
    YamlNode.Entry entry = given.get(SEEDS);
    if (entry == null || entry.value().isNull()) {
      return List.of();
    }
    List<Long> seeds = new ArrayList<>();
    if (entry.value() instanceof YamlNode.Items items) {
      for (YamlNode item : items.items()) {
        whole(item).ifPresent(seeds::add);
      }
    }
    boolean all =
        entry.value() instanceof YamlNode.Items items && items.items().size() == seeds.size();
    if (!all || seeds.isEmpty()) {
      problems.add(form(entry, "must be a list of whole numbers, such as [0, 1, 2]"));
    }
    return seeds;
  }

  private static Optional<Long> whole(YamlNode node) {
    try {
      return node instanceof YamlNode.Scalar scalar && scalar.plain()
          ? Optional.of(Long.parseLong(scalar.text()))
          : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private Map<String, Path> alsoEvaluated() {
    Map<String, Path> recipes = new LinkedHashMap<>();
    for (YamlNode.Entry entry : maps(ALSO).map(YamlNode.Entries::entries).orElse(List.of())) {
      if (entry.value() instanceof YamlNode.Scalar name && !name.isNull()) {
        recipes.put(entry.key(), beside(name.text()));
      } else {
        problems.add(form(entry, "must name a recipe"));
      }
    }
    return recipes;
  }

  private static String form(YamlNode.Entry entry, String rule) {
    return "line %s: %s %s".formatted(entry.line(), Redaction.shown(entry.key()), rule);
  }
}
