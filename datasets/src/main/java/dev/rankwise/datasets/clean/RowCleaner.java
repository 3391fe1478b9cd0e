package dev.rankwise.datasets.clean;

import dev.rankwise.datasets.clean.text.JsonTexts;
import dev.rankwise.datasets.clean.text.LanguageGuess;
import dev.rankwise.datasets.clean.text.LanguageRule;
import dev.rankwise.datasets.clean.text.PersonalData;
import dev.rankwise.datasets.clean.text.PersonalData.Handling;
import dev.rankwise.datasets.clean.text.TextMending;
import dev.rankwise.datasets.clean.text.TextQuality;
import dev.rankwise.datasets.source.ContentHash;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.datasets.source.StrictUtf8;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.apache.spark.broadcast.Broadcast;

/**
 * Does to one row what can be done without looking at others. Travels to executors.
 *
 * <p>Its texts are the values of the columns to clean; of a list of turns in JSON all strings in
 * it. A row with a text that is no UTF-8 or too long stays as it is: the check that follows rejects
 * it for that; no rule allows such a value of another column. Steps that judge the text of a row
 * judge its texts joined by line feeds.
 */
final class RowCleaner implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final int MOST_BYTES_OF_A_CHARACTER = 4;

  private final List<String> columns;
  private final List<String> texts;
  private final int mostCharacters;
  private final TextMending mending;
  private final List<ColumnRule> rules;
  private final TextQuality quality;
  private final LanguageRule languages;
  private final LinkedHashMap<PersonalData, Handling> personalData;

  /** Null where nothing is compared. */
  private final Broadcast<MeasuredTexts> measured;

  private transient List<ColumnRule.Judge> judges;
  private transient LanguageGuess guess;

  /**
   * A cleaner.
   *
   * @param columns names of a row's values
   * @param texts which of these are texts to clean
   * @param measured texts that a model is measured on; null for none
   */
  RowCleaner(
      List<String> columns,
      List<String> texts,
      CleaningSettings settings,
      RowLimits limits,
      Broadcast<MeasuredTexts> measured) {
    this.columns = List.copyOf(columns);
    this.texts = List.copyOf(texts);
    this.mostCharacters = limits.maximumCharacters();
    this.mending = settings.mending();
    this.rules = settings.columnRules();
    this.quality = settings.quality();
    this.languages = settings.languages();
    this.personalData = new LinkedHashMap<>(settings.personalData());
    this.measured = measured;
  }

  /**
   * A row after its cleaning.
   *
   * @param values its values, mended
   * @param reason why it is left out; null if it is not
   * @param text its text; null where it is left out or was not looked at
   * @param changes what was changed, a bit each
   */
  record Cleaned(byte[][] values, RejectionReason reason, String text, long changes) {}

  /** Cleans a row. */
  Cleaned clean(byte[][] values) {
    String[] decoded = new String[values.length];
    boolean readable = true;
    for (int i = 0; i < values.length; i++) {
      if (values[i] != null && isNeeded(i)) {
        decoded[i] = decoded(values[i]).orElse(null);
        if (decoded[i] == null && texts.contains(columns.get(i))) {
          return new Cleaned(values, null, null, 0);
        }
        readable &= decoded[i] != null;
      }
    }
    if (!readable) {
      return new Cleaned(values, RejectionReason.COLUMN_RULE, null, 0);
    }
    byte[][] mended = values.clone();
    List<String> parts = new ArrayList<>();
    long changes = 0;
    for (int i = 0; i < values.length; i++) {
      if (decoded[i] != null && texts.contains(columns.get(i))) {
        Changed changed = new Changed(mending);
        decoded[i] = over(decoded[i], changed, parts);
        changes |= changed.bits;
        mended[i] = changed.bits == 0 ? values[i] : decoded[i].getBytes(StandardCharsets.UTF_8);
      }
    }
    if (parts.isEmpty()) {
      return new Cleaned(values, null, null, 0);
    }
    RejectionReason reason = problem(decoded, String.join("\n", parts));
    if (reason != null) {
      return new Cleaned(mended, reason, null, 0);
    }
    return masked(mended, decoded, changes);
  }

  private boolean isNeeded(int place) {
    String column = columns.get(place);
    return texts.contains(column) || rules.stream().anyMatch(it -> it.column().equals(column));
  }

  private Optional<String> decoded(byte[] value) {
    if (value.length > (long) mostCharacters * MOST_BYTES_OF_A_CHARACTER) {
      return Optional.empty();
    }
    return StrictUtf8.decode(value)
        .filter(text -> text.codePointCount(0, text.length()) <= mostCharacters);
  }

  /** The value with each of its texts changed; the texts as they then are go to {@code parts}. */
  private static String over(String value, UnaryOperator<String> change, List<String> parts) {
    UnaryOperator<String> noted =
        text -> {
          String changed = change.apply(text);
          parts.add(changed);
          return changed;
        };
    return JsonTexts.of(value).map(json -> json.with(noted)).orElseGet(() -> noted.apply(value));
  }

  private RejectionReason problem(String[] decoded, String text) {
    if (judges == null) {
      judges = rules.stream().map(ColumnRule::judge).toList();
    }
    for (ColumnRule.Judge judge : judges) {
      String value = decoded[columns.indexOf(judge.column())];
      if (!judge.allows(value == null ? "" : value)) {
        return RejectionReason.COLUMN_RULE;
      }
    }
    Optional<RejectionReason> poor = quality.problem(text);
    if (poor.isPresent()) {
      return poor.get();
    }
    if (!languages.isAny() && !guess().allows(text)) {
      return RejectionReason.OTHER_LANGUAGE;
    }
    return measured != null && measured.value().share(text) ? RejectionReason.IN_EVALUATION : null;
  }

  private LanguageGuess guess() {
    if (guess == null) {
      guess = LanguageGuess.of(languages);
    }
    return guess;
  }

  private Cleaned masked(byte[][] mended, String[] decoded, long before) {
    long changes = before;
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < decoded.length; i++) {
      if (decoded[i] == null || !texts.contains(columns.get(i))) {
        continue;
      }
      for (Map.Entry<PersonalData, Handling> handled : personalData.entrySet()) {
        PersonalData kind = handled.getKey();
        List<String> found = new ArrayList<>();
        String masked = over(decoded[i], kind::masked, found);
        if (masked.equals(decoded[i])) {
          continue;
        }
        if (handled.getValue() == Handling.DROP) {
          return new Cleaned(mended, kind.reason(), null, 0);
        }
        decoded[i] = masked;
        mended[i] = masked.getBytes(StandardCharsets.UTF_8);
        changes |= kind.change().bit();
      }
      over(decoded[i], UnaryOperator.identity(), parts);
    }
    return new Cleaned(mended, null, String.join("\n", parts), changes);
  }

  /** The hash of a row's values as they came: what names a row without a key. */
  static byte[] recordHash(byte[][] values) {
    ContentHash hash = new ContentHash();
    for (byte[] value : values) {
      hash.add(value);
    }
    return hash.bytes();
  }

  /** Mends texts and notes what it changed. */
  private static final class Changed implements UnaryOperator<String> {
    private final TextMending mending;
    private long bits;

    Changed(TextMending mending) {
      this.mending = mending;
    }

    @Override
    public String apply(String text) {
      String repaired = mending.repaired(text);
      String seen = mending.withoutControls(repaired);
      String normal = mending.normalised(seen);
      bits |= repaired.equals(text) ? 0 : RowChange.ENCODING_REPAIRED.bit();
      bits |= seen.equals(repaired) ? 0 : RowChange.CONTROLS_REMOVED.bit();
      bits |= normal.equals(seen) ? 0 : RowChange.NORMALISED.bit();
      return normal;
    }
  }
}
