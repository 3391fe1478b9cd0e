package dev.rankwise.datasets.clean;

import dev.rankwise.datasets.clean.text.LanguageRule;
import dev.rankwise.datasets.clean.text.PersonalData;
import dev.rankwise.datasets.clean.text.PersonalData.Handling;
import dev.rankwise.datasets.clean.text.QualityRules;
import dev.rankwise.datasets.clean.text.TextMending;
import dev.rankwise.datasets.clean.text.TextQuality;
import dev.rankwise.models.failure.UserInputException;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * How rows are cleaned. Driver only.
 *
 * @param mending what is mended in texts
 * @param filter what rows must meet as they come
 * @param columnRules what single columns must be, after mending
 * @param quality rules of quality for the text of a row
 * @param languages the languages that the text of a row may have
 * @param personalData what becomes of each kind of personal data; a kind that is not named is kept
 * @param duplicates which rows count as the same
 * @param similarity least Jaccard similarity of nearly the same texts, in (0, 1]
 */
public record CleaningSettings(
    TextMending mending,
    RowFilter filter,
    List<ColumnRule> columnRules,
    TextQuality quality,
    LanguageRule languages,
    Map<PersonalData, Handling> personalData,
    Duplicates duplicates,
    double similarity) {
  /** Least similarity of nearly the same texts unless a recipe says otherwise. */
  public static final double DEFAULT_SIMILARITY = 0.7;

  /** Leaves every row as it is. */
  public static final CleaningSettings NONE =
      new CleaningSettings(
          TextMending.NONE,
          RowFilter.NONE,
          List.of(),
          TextQuality.NONE,
          LanguageRule.ANY,
          Map.of(),
          Duplicates.BY_ID,
          DEFAULT_SIMILARITY);

  public CleaningSettings {
    Objects.requireNonNull(mending, "mending");
    Objects.requireNonNull(filter, "filter");
    Objects.requireNonNull(quality, "quality");
    Objects.requireNonNull(languages, "languages");
    Objects.requireNonNull(duplicates, "duplicates");
    columnRules = List.copyOf(columnRules);
    Map<PersonalData, Handling> handled = new EnumMap<>(PersonalData.class);
    personalData.forEach(
        (kind, handling) -> {
          if (handling != Handling.KEEP) {
            handled.put(kind, handling);
          }
        });
    personalData = Collections.unmodifiableMap(handled);
    if (!(similarity > 0 && similarity <= 1)) {
      throw new UserInputException(
          "Invalid similarity of nearly the same texts: %s (must be in (0, 1]); set data.similarity"
              .formatted(similarity));
    }
  }

  /** These settings with another filter. */
  public CleaningSettings with(RowFilter other) {
    return new CleaningSettings(
        mending, other, columnRules, quality, languages, personalData, duplicates, similarity);
  }

  /** These settings with other duplicates. */
  public CleaningSettings without(Duplicates others, double atLeast) {
    return new CleaningSettings(
        mending, filter, columnRules, quality, languages, personalData, others, atLeast);
  }

  /**
   * What is mended and masked, without anything for which a row is left out: what drops a row
   * elsewhere is masked here.
   */
  CleaningSettings mendingOnly() {
    Map<PersonalData, Handling> masked = new EnumMap<>(PersonalData.class);
    personalData.keySet().forEach(kind -> masked.put(kind, Handling.MASK));
    return mendingAnd(masked);
  }

  /** What is mended alone, which is what texts are compared with evaluation sets by. */
  CleaningSettings unmasked() {
    return mendingAnd(Map.of());
  }

  private CleaningSettings mendingAnd(Map<PersonalData, Handling> masked) {
    return new CleaningSettings(
        mending,
        RowFilter.NONE,
        List.of(),
        TextQuality.NONE,
        LanguageRule.ANY,
        masked,
        Duplicates.BY_ID,
        similarity);
  }

  /** Whether every row stays as it is. */
  public boolean isNothing() {
    return described().isEmpty();
  }

  /** The settings in recipe words, in a fixed order; what is not asked for is left out. */
  public Map<String, String> described() {
    Map<String, String> described = new LinkedHashMap<>();
    put(described, "unicode-repair", mending.encoding() == TextMending.Encoding.REPAIRED, "true");
    put(
        described,
        "control-characters",
        mending.controls() == TextMending.Controls.REMOVED,
        "remove");
    put(
        described,
        "unicode-form",
        mending.form() != TextMending.Form.AS_IS,
        mending.form().name().toLowerCase(Locale.ROOT));
    put(described, "filter", !filter.isNothing(), filter.condition());
    for (ColumnRule rule : columnRules) {
      rule.described()
          .forEach((key, value) -> described.put("rule " + rule.column() + " " + key, value));
    }
    put(
        described,
        "quality",
        !quality.rules().isEmpty(),
        quality.rules().stream().map(QualityRules::word).collect(Collectors.joining(", ")));
    quality
        .limits()
        .forEach((limit, value) -> described.put("quality " + limit.word(), value.toString()));
    put(described, "languages", !languages.isAny(), String.join(", ", languages.codes()));
    personalData.forEach(
        (kind, handling) ->
            described.put(
                "personal-data " + kind.word(), handling.name().toLowerCase(Locale.ROOT)));
    put(
        described,
        "duplicates",
        duplicates != Duplicates.BY_ID,
        duplicates.name().toLowerCase(Locale.ROOT).replace('_', '-'));
    put(
        described,
        "similarity",
        duplicates == Duplicates.NEARLY_SAME_TEXT,
        Double.toString(similarity));
    return Collections.unmodifiableMap(described);
  }

  private static void put(Map<String, String> described, String key, boolean asked, String value) {
    if (asked) {
      described.put(key, value);
    }
  }
}
