package dev.rankwise.datasets.source.wordnet;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A table made of WordNet's synsets, one row each. A row's id is the synset's, so that a split by
 * id never has one synset on both sides, whatever else of it a row shows.
 */
public enum WordNetView {
  /**
   * Noun glosses with their classes, 82,192 rows in 26 classes: {@code id}, the offset; {@code
   * text}, the gloss up to its first semicolon; {@code label}, the category.
   */
  GLOSSES("wordnet", List.of("id", "text", "label"), List.of(PartOfSpeech.NOUN)) {
    @Override
    public List<String> values(Synset synset) {
      String gloss = synset.gloss();
      int semicolon = gloss.indexOf(';');
      String text = (semicolon < 0 ? gloss : gloss.substring(0, semicolon)).strip();
      return List.of(synset.offset(), text, synset.category());
    }
  },
  /**
   * A dictionary to train a language model on, all 117,791 synsets: {@code id}, the key; {@code
   * text}, a line {@code lemma, part of speech, category: definition; examples}.
   */
  DICTIONARY("wordnet:dictionary", List.of("id", "text"), List.of(PartOfSpeech.values())) {
    @Override
    public List<String> values(Synset synset) {
      return List.of(synset.key(), synset.headword() + ": " + synset.gloss());
    }
  },
  /**
   * From a definition to its word: {@code id}, the key; {@code prompt}, the definition; {@code
   * completion}, the word.
   */
  DEFINITIONS(
      "wordnet:definitions",
      List.of("id", "prompt", "completion"),
      List.of(PartOfSpeech.values())) {
    @Override
    public List<String> values(Synset synset) {
      return List.of(synset.key(), synset.definition(), synset.lemma());
    }
  },
  /**
   * From a word to its definition: {@code id}, the key; {@code prompt}, {@code lemma, part of
   * speech, category}, since words have several meanings; {@code completion}, the definition.
   */
  WORDS("wordnet:words", List.of("id", "prompt", "completion"), List.of(PartOfSpeech.values())) {
    @Override
    public List<String> values(Synset synset) {
      return List.of(synset.key(), synset.headword(), synset.definition());
    }
  },
  /**
   * From a noun and its definition to its category, one of 26: {@code id}, the key; {@code prompt},
   * {@code category of lemma: definition}; {@code completion}, the category.
   */
  CATEGORIES(
      "wordnet:categories", List.of("id", "prompt", "completion"), List.of(PartOfSpeech.NOUN)) {
    @Override
    public List<String> values(Synset synset) {
      String prompt = "category of %s: %s".formatted(synset.lemma(), synset.definition());
      return List.of(synset.key(), prompt, synset.category());
    }
  },
  /**
   * From a word and its definition to another word of that meaning, of the synsets that have one:
   * {@code id}, the key; {@code prompt}, {@code synonym of lemma: definition}; {@code completion},
   * the next most usual word.
   */
  SYNONYMS(
      "wordnet:synonyms", List.of("id", "prompt", "completion"), List.of(PartOfSpeech.values())) {
    @Override
    public boolean shows(Synset synset) {
      return synset.synonym().isPresent();
    }

    @Override
    public List<String> values(Synset synset) {
      String prompt = "synonym of %s: %s".formatted(synset.lemma(), synset.definition());
      return List.of(synset.key(), prompt, synset.synonym().orElseThrow());
    }
  };

  private final String location;
  private final List<String> columns;
  private final List<PartOfSpeech> parts;

  WordNetView(String location, List<String> columns, List<PartOfSpeech> parts) {
    this.location = location;
    this.columns = columns;
    this.parts = parts;
  }

  /** Whether a synset makes a row. */
  public boolean shows(Synset synset) {
    return true;
  }

  /** What a row shows of a synset, in the order of {@link #columns}. */
  public abstract List<String> values(Synset synset);

  /** Names of the columns. */
  public List<String> columns() {
    return columns;
  }

  /** Whose synsets make rows, in the order of the rows. */
  public List<PartOfSpeech> parts() {
    return parts;
  }

  /** How a recipe names the view. */
  public String location() {
    return location;
  }

  /** The view that a recipe calls {@code location}. */
  public static Optional<WordNetView> at(String location) {
    return Arrays.stream(values()).filter(view -> view.location.equals(location)).findFirst();
  }

  /** All locations, as a list in words. */
  public static String allLocations() {
    return Arrays.stream(values()).map(WordNetView::location).collect(Collectors.joining(", "));
  }
}
