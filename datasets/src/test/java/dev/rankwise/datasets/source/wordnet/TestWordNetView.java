package dev.rankwise.datasets.source.wordnet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TestWordNetView {
  private static final List<Synset> SYNSETS = new ArrayList<>();

  @BeforeAll
  static void readEverySynset() throws IOException {
    for (PartOfSpeech part : PartOfSpeech.values()) {
      try (BufferedReader reader =
          new BufferedReader(
              new InputStreamReader(
                  ClassLoader.getSystemResourceAsStream(
                      "net/sf/extjwnl/data/wordnet/wn31/" + part.file()),
                  StandardCharsets.UTF_8))) {
        reader
            .lines()
            .filter(line -> !Synset.isLicence(line))
            .forEach(line -> SYNSETS.add(Synset.parse(part, line).orElseThrow()));
      }
    }
  }

  @Test
  void everySynsetIsReadAndHasAKeyOfItsOwn() {
    TreeMap<PartOfSpeech, Long> counts = new TreeMap<>();
    SYNSETS.forEach(synset -> counts.merge(synset.part(), 1L, Long::sum));

    assertThat(counts)
        .containsEntry(PartOfSpeech.NOUN, 82_192L)
        .containsEntry(PartOfSpeech.VERB, 13_789L)
        .containsEntry(PartOfSpeech.ADJECTIVE, 18_185L)
        .containsEntry(PartOfSpeech.ADVERB, 3_625L);
    assertThat(SYNSETS.stream().map(Synset::key).distinct().count()).isEqualTo(SYNSETS.size());
  }

  @Test
  void theDictionaryHasALineForEachSynset() {
    assertThat(WordNetView.DICTIONARY.values(synset("v00003443")))
        .containsExactly(
            "v00003443",
            "burp, verb, body: expel gas from the stomach; \"Please don't burp at the table\"");
    assertThat(WordNetView.DICTIONARY.columns()).containsExactly("id", "text");
    assertThat(SYNSETS)
        .allSatisfy(
            synset -> {
              String line = WordNetView.DICTIONARY.values(synset).get(1);
              assertThat(line)
                  .doesNotContain("\n", "_0", "|")
                  .contains(": ")
                  .isEqualTo(line.strip());
            });
  }

  @Test
  void definitionsAskForTheWordAndWordsForTheDefinition() {
    Synset synset = synset("v00003443");

    assertThat(WordNetView.DEFINITIONS.values(synset))
        .containsExactly("v00003443", "expel gas from the stomach", "burp");
    assertThat(WordNetView.WORDS.values(synset))
        .containsExactly("v00003443", "burp, verb, body", "expel gas from the stomach");
    assertThat(SYNSETS)
        .allSatisfy(
            each -> {
              assertThat(each.definition()).isNotBlank();
              assertThat(each.lemma()).isNotBlank().doesNotContain("_");
            });
  }

  @Test
  void categoriesAreThoseOfNouns() {
    assertThat(WordNetView.CATEGORIES.values(synset("n02086723")))
        .containsExactly(
            "n02086723", "category of dog: " + synset("n02086723").definition(), "animal");
    assertThat(WordNetView.CATEGORIES.parts()).containsExactly(PartOfSpeech.NOUN);
    assertThat(SYNSETS).allMatch(WordNetView.CATEGORIES::shows);
  }

  @Test
  void synonymsAreOtherWordsOfSynsetsThatHaveOne() {
    assertThat(WordNetView.SYNONYMS.values(synset("v00003443")))
        .containsExactly("v00003443", "synonym of burp: expel gas from the stomach", "bubble");
    long shown = SYNSETS.stream().filter(WordNetView.SYNONYMS::shows).count();
    assertThat(shown).isGreaterThan(40_000).isLessThan(SYNSETS.size());
    assertThat(SYNSETS.stream().filter(WordNetView.SYNONYMS::shows))
        .allSatisfy(
            each -> {
              String other = WordNetView.SYNONYMS.values(each).get(2);
              assertThat(each.lemmas()).contains(other);
              assertThat(other).isNotEqualToIgnoringCase(each.lemma());
            });
    assertThat(SYNSETS.stream().filter(each -> each.lemmas().size() == 1))
        .isNotEmpty()
        .noneMatch(WordNetView.SYNONYMS::shows);
  }

  @Test
  void glossesAreLabelledByTheirCategory() {
    assertThat(WordNetView.GLOSSES.values(synset("n00003993")))
        .containsExactly(
            "00003993",
            "a whole (a thing or person) of the same kind or category as another",
            "Tops");
  }

  @Test
  void viewsAreFoundByTheirLocation() {
    assertThat(WordNetView.at("wordnet:words")).hasValue(WordNetView.WORDS);
    assertThat(WordNetView.at("wordnet:")).isEmpty();
    assertThat(WordNetView.allLocations())
        .isEqualTo(
            "wordnet, wordnet:dictionary, wordnet:definitions, wordnet:words, wordnet:categories,"
                + " wordnet:synonyms");
  }

  private static Synset synset(String key) {
    return SYNSETS.stream().filter(synset -> synset.key().equals(key)).findFirst().orElseThrow();
  }
}
