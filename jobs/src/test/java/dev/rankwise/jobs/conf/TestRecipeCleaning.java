package dev.rankwise.jobs.conf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.clean.CleanedSource;
import dev.rankwise.models.failure.UserInputException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The keys of a recipe that clean rows, and those that split them by a column. */
final class TestRecipeCleaning {
  private static final String START = "base: {model: minilm}\ndata: {source: rows.csv}\n";

  @Test
  void withoutThemRowsComeAsTheyAre() {
    Recipe recipe = Recipe.parse(START, "a.yaml", List.of());
    assertThat(recipe.data().rows()).isNotInstanceOf(CleanedSource.class);
    assertThat(recipe.data().cleaning()).isEqualTo(CleaningSection.NONE);
    assertThat(recipe.data().split().description())
        .isEqualTo("fraction 0.1 by hash test, others train");
  }

  /** What a later release can do must not make another recipe of one that does not ask for it. */
  @Test
  void theHashOfARecipeIsTheSameUnlessItAsksForThem() {
    String plain = Recipe.parse(START, "a.yaml", List.of()).dataSha256();
    assertThat(Recipe.parse(START, "a.yaml", List.of("data.duplicates=by-id")).dataSha256())
        .isEqualTo(plain);
    assertThat(Recipe.parse(START, "a.yaml", List.of("data.duplicates=same-text")).dataSha256())
        .isNotEqualTo(plain);
  }

  @Test
  void eachIsTakenAsItIsWritten() {
    Recipe recipe =
        Recipe.parse(
            """
            base: {model: minilm}
            data:
              source: rows.csv
              key-column: id
              unicode-repair: true
              control-characters: remove
              unicode-form: NFKC
              filter: "length(text) > 5"
              column-rules: {text: {least-words: 2, matches: "a.c"}, label: {most-characters: 9}}
              quality: [c4, gopher-quality]
              quality-limits: {least-words: 5, most-symbols: 0.5}
              languages: [EN, deu]
              personal-data: {email: mask, card: DROP, ip: keep}
              duplicates: nearly-same-text
              similarity: 0.8
              decontaminate: [set.jsonl]
              stratify-column: label
            """,
            "a.yaml",
            List.of());
    assertThat(recipe.data().rows()).isInstanceOf(CleanedSource.class);
    assertThat(recipe.data().cleaning().decontaminate()).containsExactly("set.jsonl");
    assertThat(recipe.data().rows().cleaning())
        .containsExactlyInAnyOrderEntriesOf(
            Map.ofEntries(
                Map.entry("unicode-repair", "true"),
                Map.entry("control-characters", "remove"),
                Map.entry("unicode-form", "nfkc"),
                Map.entry("filter", "length(text) > 5"),
                Map.entry("rule text least-words", "2"),
                Map.entry("rule text matches", "a.c"),
                Map.entry("rule label most-characters", "9"),
                Map.entry("quality", "gopher-quality, c4"),
                Map.entry("quality least-words", "5.0"),
                Map.entry("quality most-symbols", "0.5"),
                Map.entry("languages", "en, deu"),
                Map.entry("personal-data email", "mask"),
                Map.entry("personal-data card", "drop"),
                Map.entry("duplicates", "nearly-same-text"),
                Map.entry("similarity", "0.8")));
    assertThat(recipe.data().split().description())
        .isEqualTo("fraction 0.1 of each label by hash test, others train");
    assertThat(Recipe.parse(recipe.toYaml(), "b.yaml", List.of()).data()).isNotNull();
  }

  @Test
  void allThatIsWrongIsToldAtOnce() {
    assertThatThrownBy(
            () ->
                Recipe.parse(
                    """
                    base: {model: minilm}
                    data:
                      source: rows.csv
                      filter: "length(text >"
                      column-rules: {text: {least-word: 2}}
                      quality: [gopher]
                      languages: [klingon]
                      personal-data: {mail: mask}
                      duplicates: near
                      group-column: a
                      stratify-column: b
                      max-tokens: 9
                    """,
                    "a.yaml",
                    List.of()))
        .isInstanceOf(UserInputException.class)
        .hasMessageContainingAll(
            "7 problems",
            "- line 9: invalid data.duplicates: \"near\" (must be one of by-id, same-text, nearly-same-text)",
            "- line 11: data.group-column and data.stratify-column contradict each other",
            "- Invalid data.filter: it is no condition in SQL",
            "- Invalid data.column-rules of column \"text\": \"least-word\" (must be one of least-characters, most-characters, least-words, most-words, matches, lacks); did you mean \"least-words\"?",
            "- Invalid data.quality: \"gopher\" (must be one of gopher-quality, gopher-repetition, c4)",
            "- Unknown language: \"klingon\"",
            "- Invalid data.personal-data: \"mail\" (must be one of secret, email, iban, card, ip, phone); did you mean \"email\"?");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "data.quality-limits={least-wrds: 5}|Invalid data.quality-limits: \"least-wrds\" (must be one of",
        "data.quality-limits={least-words: many}|Invalid least-words in data.quality-limits: \"many\" (must be a number at least 0); mend it",
        "data.personal-data={email: hide}|Invalid data.personal-data email: \"hide\" (must be one of keep, mask, drop)",
        "data.column-rules={text: {matches: \"(\"}}|Invalid rule of column \"text\": \"(\" (Unclosed group; must be a regular expression of Java); mend it in data.column-rules",
        "data.column-rules={text: {least-words: 5, most-words: 2}}|Invalid rule for words of column \"text\": at least 5, at most 2",
        "data.column-rules={text: {least-words: {a: b}}}|Invalid least-words of column \"text\" in data.column-rules: it must be one text or number; write least-words: VALUE",
        "data.similarity=0|invalid data.similarity: \"0\" (must be a number in (0, 1])",
        "data.decontaminate=[\"hf:a/b\"]|Cannot read rows from \"hf:a/b\"",
      })
  void aWrongValueIsNamed(String set, String message) {
    assertThatThrownBy(() -> Recipe.parse(START, "a.yaml", List.of(set)))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource({"data.test-rows=5", "data.train-rows=5", "data.evaluation-source=held.csv"})
  void onlyAShareIsSplitByAColumn(String other) {
    assertThatThrownBy(
            () -> Recipe.parse(START, "a.yaml", List.of("data.group-column=team", other)))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining(
            "data.group-column and " + other.split("=")[0] + " contradict each other");
  }

  @Test
  void tasksAreCleanedEachByItsOwnKey() {
    Recipe recipe =
        Recipe.parse(
            "base: {model: minilm}\ndata: {tasks: {a: {source: a.jsonl}, b: {source: b.jsonl,"
                + " key-column: id}}, duplicates: same-text}",
            "a.yaml",
            List.of());
    assertThat(recipe.data().taskSources()).hasSize(2).allMatch(CleanedSource.class::isInstance);
  }

  @Test
  void heldOutRowsAreCleanedOnlyWhereTextsChange() {
    List<String> held = List.of("data.evaluation-source=held.csv", "data.unicode-form=nfc");
    assertThat(Recipe.parse(START, "a.yaml", held).data().evaluationRows().orElseThrow())
        .isInstanceOf(CleanedSource.class);
    List<String> filtered = List.of("data.evaluation-source=held.csv", "data.quality=[c4]");
    assertThat(Recipe.parse(START, "a.yaml", filtered).data().evaluationRows().orElseThrow())
        .isNotInstanceOf(CleanedSource.class);
  }
}
