package dev.rankwise.datasets.source.icons;

import dev.rankwise.models.failure.UserInputException;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A table of drawn icons, one row for each rendering.
 *
 * <pre>
 *   icons:names[?renderings=8&amp;icons=100&amp;side=64]   what is drawn, in words
 *   icons:tags[?…&amp;part=train]                       what it is looked up by
 *   icons:flags[?…]                                 the country of a flag
 * </pre>
 *
 * <p>A split by id holds renderings out; the parts hold whole icons out.
 *
 * @param kind what is told of the icons
 * @param renderings how often each is drawn, each time otherwise
 * @param icons how many of the collection's icons there are: the first by the hash of their keys
 * @param side height and width of a picture in pixels
 * @param part which of these icons make rows
 */
record IconView(Kind kind, int renderings, int icons, int side, Part part) implements Serializable {
  /** How locations of icons begin. */
  static final String START = "icons";

  /**
   * Names of the columns: {@code id}, the icon's key and the rendering's number; {@code icon}, the
   * key alone; {@code image}, a PNG file; {@code name}; {@code tags}, parted by commas; {@code
   * prompt} and {@code completion}.
   */
  static final List<String> COLUMNS =
      List.of("id", "icon", "image", "name", "tags", "prompt", "completion");

  private static final int USUAL_RENDERINGS = 8;
  private static final int MOST_RENDERINGS = 1_000;
  private static final int MOST_ICONS = 10_000;
  private static final int USUAL_SIDE = 64;
  private static final int LEAST_SIDE = 8;
  private static final int MOST_SIDE = 512;

  /** What is told of the icons. */
  enum Kind {
    /** Its name. */
    NAMES(IconCollection.LUCIDE, "<image>name of the icon:"),
    /** Its tags. */
    TAGS(IconCollection.LUCIDE, "<image>tags of the icon:"),
    /** The country of a flag. */
    FLAGS(IconCollection.FLAGS, "<image>country of the flag:");

    private final IconCollection collection;
    private final String prompt;

    Kind(IconCollection collection, String prompt) {
      this.collection = collection;
      this.prompt = prompt;
    }

    IconCollection collection() {
      return collection;
    }

    String prompt() {
      return prompt;
    }

    String completion(Icon icon) {
      return this == TAGS ? tags(icon) : icon.name();
    }

    /** Whether it can be told of an icon. */
    boolean tells(Icon icon) {
      return !completion(icon).isBlank();
    }

    static String tags(Icon icon) {
      return String.join(", ", icon.tags());
    }
  }

  /** Which icons make rows; told by an icon's place, so the parts share none. */
  enum Part {
    /** All. */
    ALL,
    /** Nine of ten. */
    TRAIN,
    /** Every tenth. */
    TEST;

    private static final int TENTH = 10;

    boolean holds(int place) {
      return this == ALL || (place % TENTH == TENTH - 1) == (this == TEST);
    }
  }

  IconView {
    requireIn("renderings", renderings, 1, MOST_RENDERINGS);
    requireIn("icons", icons, 1, MOST_ICONS);
    requireIn("side", side, LEAST_SIDE, MOST_SIDE);
  }

  private static void requireIn(String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw new UserInputException(
          "Invalid data location: %s=%s of icons (must be in [%s, %s]); name a number inside"
              .formatted(option, value, least, most));
    }
  }

  /**
   * The view that a recipe names.
   *
   * @throws UserInputException if there is none
   */
  static IconView at(String location) {
    String[] parts = location.split("\\?", 2);
    Kind kind =
        Arrays.stream(Kind.values())
            .filter(each -> parts[0].equals(START + ":" + word(each)))
            .findFirst()
            .orElseThrow(
                () ->
                    new UserInputException(
                        "Unknown data location \"%s\": icons come as %s; name one of these"
                            .formatted(location, allLocations())));
    IconView view = new IconView(kind, USUAL_RENDERINGS, MOST_ICONS, USUAL_SIDE, Part.ALL);
    if (parts.length > 1) {
      for (String option : parts[1].split("&", -1)) {
        view = view.with(option, location);
      }
    }
    return view;
  }

  private IconView with(String option, String location) {
    String[] pair = option.split("=", 2);
    String value = pair.length > 1 ? pair[1] : "";
    return switch (pair[0]) {
      case "renderings" -> new IconView(kind, number(value, option), icons, side, part);
      case "icons" -> new IconView(kind, renderings, number(value, option), side, part);
      case "side" -> new IconView(kind, renderings, icons, number(value, option), part);
      case "part" -> new IconView(kind, renderings, icons, side, part(value, option));
      default ->
          throw new UserInputException(
              ("Invalid data location \"%s\": unknown option \"%s\" (must be renderings, icons, side"
                      + " or part); leave it out")
                  .formatted(location, pair[0]));
    };
  }

  private static int number(String value, String option) {
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException invalid) {
      throw invalid(option, "must be a whole number");
    }
  }

  private static Part part(String value, String option) {
    return Arrays.stream(Part.values())
        .filter(each -> word(each).equals(value))
        .findFirst()
        .orElseThrow(() -> invalid(option, "must be all, train or test"));
  }

  private static UserInputException invalid(String option, String rule) {
    return new UserInputException(
        "Invalid data location: option \"%s\" of icons (%s); mend it".formatted(option, rule));
  }

  /** How a recipe names this view, with all its options. */
  String location() {
    return "%s:%s?renderings=%s&icons=%s&side=%s&part=%s"
        .formatted(START, word(kind), renderings, icons, side, word(part));
  }

  /** All kinds of locations, as a list in words. */
  static String allLocations() {
    return Arrays.stream(Kind.values())
        .map(kind -> START + ":" + word(kind))
        .collect(Collectors.joining(", "));
  }

  /** The icons that make rows. */
  List<Icon> shown() {
    List<Icon> told = kind.collection().icons().stream().filter(kind::tells).limit(icons).toList();
    return IntStream.range(0, told.size()).filter(part::holds).mapToObj(told::get).toList();
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
