package dev.rankwise.datasets.clean.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.UserInputException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TestLanguageGuess {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "eng|The invoice that you sent us last week has not been paid yet. Please let us know.",
        "deu|Die Rechnung, die Sie uns letzte Woche geschickt haben, wurde noch nicht bezahlt.",
        "fra|La facture que vous nous avez envoyée la semaine dernière n'a pas encore été payée.",
        "spa|La factura que nos enviaron la semana pasada todavía no ha sido pagada por nadie.",
        "rus|Счёт, который вы прислали нам на прошлой неделе, ещё не оплачен. Сообщите нам.",
        "cmn|上周您寄给我们的发票还没有付款。请告诉我们该怎么办。谢谢您的帮助。",
      })
  void sentencesAreTold(String language, String text) {
    assertThat(LanguageGuess.of(LanguageRule.ANY).likeliest(text)).isEqualTo(language);
    assertThat(guess(language, "vol").allows(text)).isTrue();
    assertThat(guess(language.equals("eng") ? "deu" : "eng").allows(text)).isFalse();
  }

  /** The list is checked without the model; so it must be the model's. */
  @Test
  void theListIsThatOfTheModel() {
    assertThat(LanguageGuess.of(LanguageRule.ANY).supported())
        .isEqualTo(LanguageGuess.modelCodes());
  }

  @Test
  void codesOfTwoLettersMeanAllTheirForms() {
    assertThat(LanguageGuess.known("zh")).containsExactly("cmn", "nan");
    assertThat(LanguageGuess.known("en")).containsExactly("eng");
    assertThat(LanguageGuess.known("no")).containsExactly("nob", "nno");
    assertThat(LanguageGuess.allKnown()).contains("en", "zh", "ceb").doesNotContain("eng", "cmn");
  }

  @ParameterizedTest
  @CsvSource({"xx", "english", "tlh", "''"})
  void unknownCodesAreRefused(String code) {
    assertThatThrownBy(() -> new LanguageRule(List.of(code)))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith(
            "Unknown language: \"%s\" (must be a code of ISO 639".formatted(code))
        .hasMessageEndingWith("; mend data.languages");
  }

  private static LanguageGuess guess(String... codes) {
    return LanguageGuess.of(new LanguageRule(List.of(codes)));
  }
}
