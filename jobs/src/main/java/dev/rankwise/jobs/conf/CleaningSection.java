package dev.rankwise.jobs.conf;

import dev.rankwise.datasets.clean.CleanedSource;
import dev.rankwise.datasets.clean.CleaningSettings;
import dev.rankwise.datasets.clean.ColumnRule;
import dev.rankwise.datasets.clean.Duplicates;
import dev.rankwise.datasets.clean.KeptPlace;
import dev.rankwise.datasets.clean.RowFilter;
import dev.rankwise.datasets.clean.text.LanguageRule;
import dev.rankwise.datasets.clean.text.PersonalData;
import dev.rankwise.datasets.clean.text.PersonalData.Handling;
import dev.rankwise.datasets.clean.text.QualityLimit;
import dev.rankwise.datasets.clean.text.QualityRules;
import dev.rankwise.datasets.clean.text.TextMending;
import dev.rankwise.datasets.clean.text.TextQuality;
import dev.rankwise.datasets.prepare.SplitRule;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.datasets.source.RowSources;
import dev.rankwise.jobs.text.FileNames;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.jobs.text.YamlNode;
import dev.rankwise.models.failure.NearestName;
import dev.rankwise.models.failure.UserInputException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How rows are cleaned before they are checked, and by which of their columns some are held out.
 * Driver only.
 *
 * @param settings what is done to rows
 * @param decontaminate where the evaluation sets lie that no row to train on may share text with
 */
public record CleaningSection(CleaningSettings settings, List<String> decontaminate) {
  /** Nothing is cleaned. */
  static final CleaningSection NONE = new CleaningSection(CleaningSettings.NONE, List.of());

  private static final String REPAIR = "data.unicode-repair";
  private static final String CONTROLS = "data.control-characters";
  private static final String FORM = "data.unicode-form";
  private static final String FILTER = "data.filter";
  private static final String COLUMN_RULES = "data.column-rules";
  private static final String QUALITY = "data.quality";
  private static final String LIMITS = "data.quality-limits";
  private static final String LANGUAGES = "data.languages";
  private static final String PERSONAL_DATA = "data.personal-data";
  private static final String DUPLICATES = "data.duplicates";
  private static final String SIMILARITY = "data.similarity";
  private static final String DECONTAMINATE = "data.decontaminate";
  private static final String REMOVE = "remove";

  private static final String LEAST_CHARACTERS = "least-characters";
  private static final String MOST_CHARACTERS = "most-characters";
  private static final String LEAST_WORDS = "least-words";
  private static final String MOST_WORDS = "most-words";
  private static final String MATCHES = "matches";
  private static final String LACKS = "lacks";
  private static final List<String> NUMBERS =
      List.of(LEAST_CHARACTERS, MOST_CHARACTERS, LEAST_WORDS, MOST_WORDS);
  private static final List<String> RULES =
      List.of(LEAST_CHARACTERS, MOST_CHARACTERS, LEAST_WORDS, MOST_WORDS, MATCHES, LACKS);

  public CleaningSection {
    decontaminate = List.copyOf(decontaminate);
  }

  static CleaningSection of(RecipeValues values) {
    return new CleaningSection(
        new CleaningSettings(
            mending(values),
            RowFilter.of(values.text(FILTER)),
            columnRules(values),
            quality(values),
            languages(values),
            personalData(values),
            values.constant(Duplicates.class, DUPLICATES),
            values.number(SIMILARITY)),
        values.texts(DECONTAMINATE));
  }

  /** What may be wrong with the section, part by part, so that all of it is told at once. */
  static List<Runnable> parts(RecipeValues values) {
    return List.of(
        () -> RowFilter.of(values.text(FILTER)),
        () -> columnRules(values),
        () -> quality(values),
        () -> languages(values),
        () -> personalData(values),
        () -> requireSourcesOfTasks(values),
        () -> values.texts(DECONTAMINATE).forEach(CleaningSection::rowsAt));
  }

  /** Tasks that a column names have columns of their own, which cleaning does not know apart. */
  private static void requireSourcesOfTasks(RecipeValues values) {
    boolean cleans =
        !CleaningSection.of(values.with(DECONTAMINATE, List.of())).settings().isNothing()
            || !values.texts(DECONTAMINATE).isEmpty();
    if (cleans && values.has("data.task-column")) {
      throw new UserInputException(
          "Cannot clean rows whose tasks data.task-column names: each task has columns of its own; give each"
              + " a source in data.tasks, or clean the table before");
    }
  }

  /** Whether every part can be read. */
  static boolean isReadable(RecipeValues values) {
    try {
      parts(values).forEach(Runnable::run);
      return true;
    } catch (UserInputException e) {
      return false;
    }
  }

  /** These values with nothing to clean, to judge the others by. */
  static RecipeValues without(RecipeValues values) {
    return values
        .with(FILTER, "")
        .with(COLUMN_RULES, Map.of())
        .with(QUALITY, List.of())
        .with(LIMITS, Map.of())
        .with(LANGUAGES, List.of())
        .with(PERSONAL_DATA, Map.of())
        .with(DECONTAMINATE, List.of());
  }

  /**
   * The rows to train on, cleaned.
   *
   * @param untouched columns that hold no text
   * @param key the column with a row's key; empty for none
   * @param place where rows are kept that were read before; empty to read all
   */
  RowSource training(
      RowSource rows, List<String> untouched, String key, Optional<KeptPlace> place) {
    List<RowSource> measured = decontaminate.stream().map(CleaningSection::rowsAt).toList();
    return place
        .map(it -> CleanedSource.growing(rows, settings, untouched, key, measured, it))
        .orElseGet(() -> CleanedSource.training(rows, settings, untouched, key, measured));
  }

  /** The rows that the filter lets through, with nothing else done to them. */
  RowSource filtered(RowSource rows) {
    CleaningSettings filter = CleaningSettings.NONE.with(settings.filter());
    return CleanedSource.training(rows, filter, List.of(), "", List.of());
  }

  /** The rows that are held out: their texts mended as those to train on, none left out. */
  RowSource heldOut(RowSource rows, List<String> untouched, String key) {
    return CleanedSource.heldOut(rows, settings, untouched, key);
  }

  /** Which rows are held out. */
  static SplitRule split(RecipeValues values) {
    if (values.has("data.test-fraction")) {
      double share = values.number("data.test-fraction");
      String group = values.text("data.group-column");
      String strata = values.text("data.stratify-column");
      if (!group.isEmpty()) {
        return SplitRule.groupFraction(share, group);
      }
      return strata.isEmpty()
          ? SplitRule.testFraction(share)
          : SplitRule.stratifiedFraction(share, strata);
    }
    if (values.has("data.test-rows") || values.has("data.train-rows")) {
      return SplitRule.counts(
          values.optionalWhole("data.test-rows").orElse(0),
          values.optionalWhole("data.train-rows").orElse(Integer.MAX_VALUE));
    }
    return SplitRule.trainOnly();
  }

  private static RowSource rowsAt(String location) {
    FileNames.ofThisProcess().requirePath(location);
    return RowSources.at(location);
  }

  private static TextMending mending(RecipeValues values) {
    return new TextMending(
        values.truth(REPAIR) ? TextMending.Encoding.REPAIRED : TextMending.Encoding.AS_IS,
        values.text(CONTROLS).equals(REMOVE)
            ? TextMending.Controls.REMOVED
            : TextMending.Controls.KEPT,
        values.constant(TextMending.Form.class, FORM));
  }

  private static TextQuality quality(RecipeValues values) {
    List<QualityRules> rules = new ArrayList<>();
    for (String word : values.texts(QUALITY)) {
      if (!QualityRules.words().contains(word)) {
        throw unknown(QUALITY, word, QualityRules.words());
      }
      rules.add(QualityRules.named(word));
    }
    Map<QualityLimit, Double> limits = new EnumMap<>(QualityLimit.class);
    values
        .textsByName(LIMITS)
        .forEach(
            (word, value) ->
                limits.put(
                    QualityLimit.named(word)
                        .orElseThrow(() -> unknown(LIMITS, word, QualityLimit.words())),
                    number(LIMITS, word, value)));
    return new TextQuality(rules, limits);
  }

  private static LanguageRule languages(RecipeValues values) {
    return new LanguageRule(values.texts(LANGUAGES));
  }

  private static Map<PersonalData, Handling> personalData(RecipeValues values) {
    Map<PersonalData, Handling> handled = new EnumMap<>(PersonalData.class);
    List<String> handlings = Words.all(List.of(Handling.values()));
    values
        .textsByName(PERSONAL_DATA)
        .forEach(
            (word, value) -> {
              PersonalData kind =
                  PersonalData.named(word)
                      .orElseThrow(() -> unknown(PERSONAL_DATA, word, PersonalData.words()));
              if (!handlings.contains(value.toLowerCase(Locale.ROOT))) {
                throw unknown(PERSONAL_DATA + " " + word, value, handlings);
              }
              handled.put(kind, Words.constant(Handling.class, value));
            });
    return handled;
  }

  private static List<ColumnRule> columnRules(RecipeValues values) {
    List<ColumnRule> rules = new ArrayList<>();
    values
        .settingsByName(COLUMN_RULES)
        .forEach((column, given) -> rules.add(columnRule(column, given)));
    return rules;
  }

  private static ColumnRule columnRule(String column, Map<String, Object> given) {
    Map<String, String> texts = new LinkedHashMap<>();
    given.forEach(
        (rule, value) -> {
          if (!RULES.contains(rule)) {
            throw unknown(
                COLUMN_RULES + " of column \"" + Redaction.shown(column) + "\"", rule, RULES);
          }
          if (!(value instanceof String text) || text.isEmpty()) {
            throw new UserInputException(
                "Invalid %s of column \"%s\" in %s: it must be one text or number; write %s: VALUE"
                    .formatted(rule, Redaction.shown(column), COLUMN_RULES, rule));
          }
          texts.put(rule, text);
        });
    Map<String, Integer> numbers = new LinkedHashMap<>();
    for (String rule : NUMBERS) {
      if (texts.containsKey(rule)) {
        numbers.put(rule, (int) number(COLUMN_RULES, rule, texts.get(rule)));
      }
    }
    return new ColumnRule(
        column,
        numbers.getOrDefault(LEAST_CHARACTERS, 0),
        numbers.getOrDefault(MOST_CHARACTERS, Integer.MAX_VALUE),
        numbers.getOrDefault(LEAST_WORDS, 0),
        numbers.getOrDefault(MOST_WORDS, Integer.MAX_VALUE),
        texts.getOrDefault(MATCHES, ""),
        texts.getOrDefault(LACKS, ""));
  }

  private static double number(String key, String name, String text) {
    KeyType type = KeyType.number("[0, inf)");
    Optional<Object> number = type.read(new YamlNode.Scalar(text, true));
    return (Double)
        number.orElseThrow(
            () ->
                new UserInputException(
                    "Invalid %s in %s: \"%s\" (%s); mend it"
                        .formatted(name, key, Redaction.shown(text), type.rule())));
  }

  private static UserInputException unknown(String key, String word, List<String> known) {
    return new UserInputException(
        "Invalid %s: \"%s\" (must be one of %s)%s"
            .formatted(
                key,
                Redaction.shown(word),
                String.join(", ", known),
                NearestName.nearest(word, known)
                    .map(near -> "; did you mean \"" + near + "\"?")
                    .orElse("; mend it or leave it out")));
  }

  /** The keys of a recipe that say it. */
  static List<RecipeKey> keys() {
    return Stream.of(mendingKeys(), judgingKeys(), comparingKeys()).flatMap(List::stream).toList();
  }

  /** What is changed, and what rows must be as they come. */
  private static List<RecipeKey> mendingKeys() {
    return List.of(
        RecipeKey.of(
                REPAIR,
                KeyType.truth(),
                "whether texts are mended that are UTF-8 read as Windows-1252, `cafÃ©` for `café`;"
                    + " see [cleaning](data.md#cleaning) for this and what follows")
            .byDefault(false),
        RecipeKey.of(
                CONTROLS,
                KeyType.choice(List.of("keep", REMOVE)),
                "what becomes of characters that show nothing: control characters, zero-width space,"
                    + " marks of direction; with `remove` line ends become line feeds")
            .byDefault("keep"),
        RecipeKey.of(
                FORM,
                KeyType.choice(Words.all(List.of(TextMending.Form.values()))),
                "the normal form of Unicode that texts are brought into")
            .byDefault(Words.of(TextMending.Form.AS_IS)),
        RecipeKey.of(
                FILTER,
                KeyType.text(),
                "a condition of Spark's SQL that rows must meet, over the columns of the source as"
                    + " texts, such as `length(text) > 20 AND source <> 'forum'`")
            .otherwise("none"),
        RecipeKey.of(
                COLUMN_RULES,
                KeyType.settingsByName(),
                "by column what its value must be: `"
                    + String.join("`, `", RULES)
                    + "` (the last two regular expressions)")
            .byDefault(Map.of()));
  }

  /** What a text must be by itself. */
  private static List<RecipeKey> judgingKeys() {
    return List.of(
        RecipeKey.of(
                QUALITY,
                KeyType.texts(),
                "rules that leave out poor text, of web pages above all: `"
                    + String.join("`, `", QualityRules.words())
                    + "`")
            .otherwise("none"),
        RecipeKey.of(
                LIMITS,
                KeyType.textByName(),
                "what these rules compare with where it is not what their papers have, such as"
                    + " `{least-words: 5}`")
            .byDefault(Map.of()),
        RecipeKey.of(
                LANGUAGES,
                KeyType.texts(),
                "languages of texts that stay, by codes of ISO 639 such as `en`; a text is of the likeliest")
            .otherwise("any"),
        RecipeKey.of(
                PERSONAL_DATA,
                KeyType.textByName(),
                "what becomes of "
                    + String.join(", ", PersonalData.words())
                    + ": `keep`, `mask`, or `drop` the row, such as `{email: mask, secret: drop}`")
            .byDefault(Map.of()),
        RecipeKey.of(
                DUPLICATES,
                KeyType.choice(Words.all(List.of(Duplicates.values()))),
                "which rows count as the same and are kept once: those with one id, also those with"
                    + " one text, also those with nearly one text")
            .byDefault(Words.of(Duplicates.BY_ID)));
  }

  /** What rows are compared with, and by which column they are split. */
  private static List<RecipeKey> comparingKeys() {
    return List.of(
        RecipeKey.of(
                SIMILARITY,
                KeyType.number("(0, 1]"),
                "least Jaccard similarity of nearly the same texts, by runs of five words")
            .byDefault(CleaningSettings.DEFAULT_SIMILARITY),
        RecipeKey.of(
                DECONTAMINATE,
                KeyType.texts(),
                "evaluation sets, each in any form of `source` and with the same columns: a row that"
                    + " shares thirteen words in a row with one of their texts is left out")
            .otherwise("none"),
        RecipeKey.of(
                "data.group-column",
                KeyType.text(),
                "with `test-fraction`: rows with one value of this column are on one side of the"
                    + " split")
            .otherwise("none"),
        RecipeKey.of(
                "data.stratify-column",
                KeyType.text(),
                "with `test-fraction`: of the rows with each value of this column the same share is"
                    + " held out")
            .otherwise("none"));
  }
}
