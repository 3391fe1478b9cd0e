package dev.rankwise.jobs.nightly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.models.failure.UserInputException;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TestNightGates {

  private static NightGates gates(String gates) {
    String yaml =
        "base: {model: minilm}\ndata: {source: rows.csv}\nevaluate: {gates: %s}\n".formatted(gates);
    return new NightGates(Recipe.parse(yaml, "a recipe", List.of()).evaluate().gates());
  }

  private static SortedMap<String, Double> figures(String name, double value) {
    SortedMap<String, Double> figures = new TreeMap<>();
    figures.put(name, value);
    return figures;
  }

  private static Optional<LastFigures> last(String name, double value) {
    return Optional.of(new LastFigures("key", 3, figures(name, value)));
  }

  private static List<String> told(
      String gates, String name, double value, Optional<LastFigures> last) {
    return gates(gates).verdicts(figures(name, value), last).stream()
        .map(NightGates.Verdict::told)
        .toList();
  }

  @Test
  void limitsIncludeTheirEnds() {
    String both = "{accuracy: {at-least: 0.5, at-most: 0.9}}";
    assertThat(told(both, "accuracy", 0.5, Optional.empty()))
        .containsExactly(
            "passed: accuracy is 0.5 (must be at least 0.5)",
            "passed: accuracy is 0.5 (must be at most 0.9)");
    assertThat(told(both, "accuracy", 0.95, Optional.empty()))
        .containsExactly(
            "passed: accuracy is 0.95 (must be at least 0.5)",
            "failed: accuracy is 0.95 (must be at most 0.9)");
    assertThat(told(both, "accuracy", 0.4999, Optional.empty()).get(0)).startsWith("failed: ");
  }

  @Test
  void worseIsLowerOfAShareAndHigherOfALoss() {
    String share = "{accuracy: {not-worse-than-last: 0.125}}";
    assertThat(told(share, "accuracy", 0.625, last("accuracy", 0.75)))
        .containsExactly(
            "passed: accuracy is 0.625, and 0.75 of version 3 on the same rows (may be worse by at"
                + " most 0.125)");
    assertThat(told(share, "accuracy", 0.5, last("accuracy", 0.75)).get(0)).startsWith("failed");
    assertThat(told(share, "accuracy", 1, last("accuracy", 0.75)).get(0)).startsWith("passed");
    String loss = "{perplexity: {not-worse-than-last: 0}}";
    assertThat(told(loss, "perplexity", 9, last("perplexity", 10)).get(0)).startsWith("passed");
    assertThat(told(loss, "perplexity", 10, last("perplexity", 10)).get(0)).startsWith("passed");
    assertThat(told(loss, "perplexity", 11, last("perplexity", 10)).get(0)).startsWith("failed");
  }

  @Test
  void withoutAChampionNothingIsWorse() {
    assertThat(told("{accuracy: {not-worse-than-last: 0}}", "accuracy", 0.1, Optional.empty()))
        .isEmpty();
  }

  @Test
  void whatIsNoNumberFailsAndIsWorseThanAnyNumber() {
    assertThat(told("{perplexity: {at-most: 9}}", "accuracy", 1, Optional.empty()))
        .containsExactly("failed: perplexity is no number");
    assertThat(
            told("{perplexity: {not-worse-than-last: 0}}", "perplexity", 1e9, last("accuracy", 1)))
        .containsExactly("passed: perplexity is 1000000000, and of version 3 no number");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{acuracy: {at-least: 1}}             | figure \"acuracy\": no evaluation has it; name one of",
        "{accuracy: {least: 1}}               | figure \"accuracy\": unknown limit \"least\"; name",
        "{accuracy: {}}                       | figure \"accuracy\": it has no limit; name some of",
        "{accuracy: {at-least: 1, at-most: 0}} | at-least 1.0 is above at-most 0.0, so no adapter",
        "{accuracy: {not-worse-than-last: -1}} | not-worse-than-last is -1.0 (must be at least 0)",
        "{accuracy: 0.5}                      | must be a map such as {accuracy: {at-least: 0.75}}",
        "{accuracy: {at-least: high}}         | must be a map such as {accuracy: {at-least: 0.75}}",
      })
  void nonsenseIsRefusedWithTheRecipe(String gates, String why) {
    assertThatThrownBy(() -> gates(gates))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining(why);
  }

  /** A lower limit must not ask for another training. */
  @Test
  void gatesAndNightsAreNoPartOfWhatARecipeAsksFor() {
    String plain = "base: {model: minilm}\ndata: {source: rows.csv}\n";
    String gated =
        plain + "evaluate: {gates: {accuracy: {at-least: 1}}}\nnightly: {wait-minutes: 3}\n";
    String measured = plain + "evaluate: {every-steps: 7}\n";

    assertThat(sha256(gated)).isEqualTo(sha256(plain));
    assertThat(sha256(measured)).isNotEqualTo(sha256(plain));
  }

  private static String sha256(String yaml) {
    return Recipe.parse(yaml, "a recipe", List.of()).sha256();
  }

  @Test
  void figuresOfTasksAreNamedAfterThem() {
    NightGates gates = gates("{define/perplexity: {at-most: 5}}");

    assertThat(gates.gates().get(0).task()).contains("define");
    assertThat(gates.gates().get(0).name()).isEqualTo("perplexity");
    assertThat(gates.verdicts(figures("define/perplexity", 6), Optional.empty()))
        .containsExactly(
            new NightGates.Verdict("define/perplexity is 6 (must be at most 5)", false));
  }
}
