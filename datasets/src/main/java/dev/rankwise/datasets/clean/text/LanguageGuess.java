package dev.rankwise.datasets.clean.text;

import dev.rankwise.models.failure.InternalException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.MissingResourceException;
import java.util.Set;
import java.util.TreeSet;
import opennlp.tools.langdetect.LanguageDetectorME;
import opennlp.tools.langdetect.LanguageDetectorModel;

/**
 * Guesses the language of a text by Apache OpenNLP's model of 103 languages, which goes by runs of
 * one to three characters. It needs a sentence or two: of a few words the guess is a guess. Its
 * shares tell which language is likelier than another and not how sure that is (0.09 for an English
 * sentence, 0.03 for the next language), so no rule goes by them.
 *
 * <p>For one thread. The model is read once a process and shared.
 */
public final class LanguageGuess {
  private static final String MODEL = "/langdetect-183.bin";

  /** ISO 639-3 codes that the model tells. */
  private static final List<String> MODEL_CODES =
      List.of(
          ("afr ara ast aze bak bel ben bos bre bul cat ceb ces che cmn cym dan deu ekk ell eng epo est"
                  + " eus fao fas fin fra fry gle glg gsw guj heb hin hrv hun hye ind isl ita jav jpn"
                  + " kan kat kaz kir kor lat lav lim lit ltz lvs mal mar min mkd mlt mon mri msa nan"
                  + " nds nep nld nno nob oci pan pes plt pnb pol por pus ron rus san sin slk slv som"
                  + " spa sqi srp sun swa swe tam tat tel tgk tgl tha tur ukr urd uzb vie vol war zul")
              .split(" "));

  /** Languages that the model tells by the codes of their forms. */
  private static final Map<String, List<String>> FORMS =
      Map.of(
          "zho", List.of("cmn", "nan"),
          "est", List.of("est", "ekk"),
          "lav", List.of("lav", "lvs"),
          "fas", List.of("fas", "pes"),
          "nor", List.of("nob", "nno"),
          "mlg", List.of("plt"));

  private final LanguageDetectorME detector;
  private final Set<String> allowed = new LinkedHashSet<>();

  private LanguageGuess(LanguageRule rule) {
    detector = new LanguageDetectorME(Model.READ);
    rule.codes().forEach(code -> allowed.addAll(known(code)));
  }

  /** Guesses by a rule. */
  public static LanguageGuess of(LanguageRule rule) {
    return new LanguageGuess(rule);
  }

  /**
   * What the model calls a language.
   *
   * @param code two letters of ISO 639-1, or three of ISO 639-3
   * @return its codes there; none if it does not tell it
   */
  static List<String> known(String code) {
    String three = code;
    if (code.length() == 2) {
      try {
        three = new Locale(code).getISO3Language();
      } catch (MissingResourceException unknown) {
        return List.of();
      }
    }
    List<String> forms = FORMS.getOrDefault(three, List.of(three));
    return forms.stream().filter(MODEL_CODES::contains).toList();
  }

  /** All codes that are known, of two letters where there is one. */
  static Set<String> allKnown() {
    Set<String> codes = new TreeSet<>(MODEL_CODES);
    for (String two : Locale.getISOLanguages()) {
      List<String> known = known(two);
      if (!known.isEmpty()) {
        known.forEach(codes::remove);
        codes.add(two);
      }
    }
    return codes;
  }

  /** The codes that the model itself has, in order. */
  static List<String> modelCodes() {
    return MODEL_CODES;
  }

  /** What the model tells. */
  List<String> supported() {
    return Arrays.stream(detector.getSupportedLanguages()).sorted().toList();
  }

  /** The likeliest language, by its code of ISO 639-3. */
  public String likeliest(String text) {
    return detector.predictLanguage(text).getLang();
  }

  /** Whether a text has one of the rule's languages. */
  public boolean allows(String text) {
    return allowed.contains(likeliest(text));
  }

  /** The model, read when it is first asked for. */
  private static final class Model {
    static final LanguageDetectorModel READ = read();

    private static LanguageDetectorModel read() {
      try (InputStream stream = LanguageDetectorModel.class.getResourceAsStream(MODEL)) {
        return new LanguageDetectorModel(stream);
      } catch (IOException | IllegalArgumentException e) {
        throw new InternalException("The model of languages cannot be read: " + MODEL, e);
      }
    }
  }
}
