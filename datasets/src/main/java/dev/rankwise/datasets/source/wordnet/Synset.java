package dev.rankwise.datasets.source.wordnet;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A synset: words of one meaning. Line format: {@code wndb(5WN)} and {@code lexnames(5WN)} of the
 * WordNet manual.
 *
 * @param part part of speech
 * @param offset where its line starts in the database file, eight digits
 * @param category its lexicographer file without the part of speech, such as {@code animal}
 * @param lemmas its words, the most usual first, with blanks where the file has underscores and
 *     without the adjectives' markers {@code (a)}, {@code (p)} and {@code (ip)}
 * @param gloss definition and examples
 */
public record Synset(
    PartOfSpeech part, String offset, String category, List<String> lemmas, String gloss) {

  private static final Pattern LINE =
      Pattern.compile("([0-9]{8}) ([0-9]{2}) [nvasr] ([0-9a-f]{2}) ([^|]*)\\|(.*)", Pattern.DOTALL);
  private static final Pattern MARKER = Pattern.compile("\\((?:a|p|ip)\\)$");
  private static final int HEXADECIMAL = 16;

  /** In the order of their numbers. */
  private static final List<String> LEXICOGRAPHER_FILES =
      List.of(
          "adj.all",
          "adj.pert",
          "adv.all",
          "noun.Tops",
          "noun.act",
          "noun.animal",
          "noun.artifact",
          "noun.attribute",
          "noun.body",
          "noun.cognition",
          "noun.communication",
          "noun.event",
          "noun.feeling",
          "noun.food",
          "noun.group",
          "noun.location",
          "noun.motive",
          "noun.object",
          "noun.person",
          "noun.phenomenon",
          "noun.plant",
          "noun.possession",
          "noun.process",
          "noun.quantity",
          "noun.relation",
          "noun.shape",
          "noun.state",
          "noun.substance",
          "noun.time",
          "verb.body",
          "verb.change",
          "verb.cognition",
          "verb.communication",
          "verb.competition",
          "verb.consumption",
          "verb.contact",
          "verb.creation",
          "verb.emotion",
          "verb.motion",
          "verb.perception",
          "verb.possession",
          "verb.social",
          "verb.stative",
          "verb.weather",
          "adj.ppl");

  public Synset {
    lemmas = List.copyOf(lemmas);
  }

  /** Whether a line of a database file belongs to the licence at its start. */
  public static boolean isLicence(String line) {
    return line.startsWith("  ");
  }

  /** The synset of a line of {@code part}'s database file; empty where the line is malformed. */
  public static Optional<Synset> parse(PartOfSpeech part, String line) {
    Matcher fields = LINE.matcher(line);
    if (!fields.matches()) {
      return Optional.empty();
    }
    int file = Integer.parseInt(fields.group(2));
    int words = Integer.parseInt(fields.group(3), HEXADECIMAL);
    String[] spelt = fields.group(4).split(" ");
    if (file >= LEXICOGRAPHER_FILES.size()
        || !LEXICOGRAPHER_FILES.get(file).startsWith(part.prefix())
        || words == 0
        || spelt.length < 2 * words) {
      return Optional.empty();
    }
    List<String> lemmas = new ArrayList<>();
    for (int i = 0; i < words; i++) {
      // Each word is followed by its number among the words of that spelling.
      lemmas.add(MARKER.matcher(spelt[2 * i]).replaceFirst("").replace('_', ' '));
    }
    return Optional.of(
        new Synset(
            part,
            fields.group(1),
            LEXICOGRAPHER_FILES.get(file).substring(part.prefix().length()),
            lemmas,
            fields.group(5).strip()));
  }

  /** Key among all synsets: the part of speech's letter and the offset, as in {@code n02086723}. */
  public String key() {
    return part.letter() + offset;
  }

  /** Its most usual word. */
  public String lemma() {
    return lemmas.get(0);
  }

  /** Its next most usual word; nothing where all are spelt alike but for capitals. */
  public Optional<String> synonym() {
    return lemmas.stream().filter(other -> !other.equalsIgnoreCase(lemma())).findFirst();
  }

  /** Word, part of speech and category: {@code dog, noun, animal}. */
  public String headword() {
    return "%s, %s, %s".formatted(lemma(), part.label(), category);
  }

  /** The gloss up to its first example. */
  public String definition() {
    int example = gloss.indexOf("; \"");
    return example < 0 ? gloss : gloss.substring(0, example).strip();
  }
}
