package dev.rankwise.datasets.source.wordnet;

/** The four parts of speech, one database file each. */
public enum PartOfSpeech {
  /** {@code data.noun}. */
  NOUN("noun", "noun", 'n'),
  /** {@code data.verb}. */
  VERB("verb", "verb", 'v'),
  /** {@code data.adj}, satellites of other adjectives included. */
  ADJECTIVE("adj", "adjective", 'a'),
  /** {@code data.adv}. */
  ADVERB("adv", "adverb", 'r');

  private final String suffix;
  private final String label;
  private final char letter;

  PartOfSpeech(String suffix, String label, char letter) {
    this.suffix = suffix;
    this.label = label;
    this.letter = letter;
  }

  /** Name of its database file. */
  public String file() {
    return "data." + suffix;
  }

  /** Its name in English. */
  public String label() {
    return label;
  }

  /** How the names of its lexicographer files start, such as {@code noun.}. */
  String prefix() {
    return suffix + ".";
  }

  /** The letter that stands for it in keys. */
  char letter() {
    return letter;
  }
}
