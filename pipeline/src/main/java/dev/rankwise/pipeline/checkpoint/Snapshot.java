package dev.rankwise.pipeline.checkpoint;

import dev.rankwise.models.failure.CorruptFileException;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * What a run remembers at one moment: vectors of floats and short texts, by dotted lower-case name.
 * The arrays are the caller's: they are copied neither in nor out, and nobody changes them.
 *
 * @param vectors flat vectors, such as parameters and moments
 * @param values numbers and lists as text; a double's {@link Double#toString} keeps all its bits
 */
public record Snapshot(SortedMap<String, float[]> vectors, SortedMap<String, String> values) {
  private static final Pattern NAME =
      Pattern.compile("[a-z][a-z0-9-]{0,40}(\\.[a-z][a-z0-9-]{0,40}){0,4}");

  public Snapshot {
    vectors = Collections.unmodifiableSortedMap(new TreeMap<>(vectors));
    values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
    vectors.keySet().forEach(Snapshot::requireName);
    values.keySet().forEach(Snapshot::requireName);
  }

  /** Nothing to remember. */
  public static Snapshot empty() {
    return new Snapshot(Collections.emptySortedMap(), Collections.emptySortedMap());
  }

  /** Whether a vector or a value may be called so. */
  static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  /** The same and a vector. */
  public Snapshot with(String name, float[] vector) {
    SortedMap<String, float[]> more = new TreeMap<>(vectors);
    more.put(name, vector);
    return new Snapshot(more, values);
  }

  /** The same and a value. */
  public Snapshot with(String name, Object value) {
    SortedMap<String, String> more = new TreeMap<>(values);
    more.put(name, String.valueOf(value));
    return new Snapshot(vectors, more);
  }

  /** The same and all of a part's, whose names then begin with that of the part. */
  public Snapshot with(String part, Snapshot state) {
    SortedMap<String, float[]> moreVectors = new TreeMap<>(vectors);
    SortedMap<String, String> moreValues = new TreeMap<>(values);
    state.vectors.forEach((name, vector) -> moreVectors.put(part + "." + name, vector));
    state.values.forEach((name, value) -> moreValues.put(part + "." + name, value));
    return new Snapshot(moreVectors, moreValues);
  }

  /** All of a part's, by their names within it. */
  public Snapshot part(String part) {
    String prefix = part + ".";
    SortedMap<String, float[]> ofPart = new TreeMap<>();
    SortedMap<String, String> valuesOfPart = new TreeMap<>();
    vectors.forEach(
        (name, vector) -> {
          if (name.startsWith(prefix)) {
            ofPart.put(name.substring(prefix.length()), vector);
          }
        });
    values.forEach(
        (name, value) -> {
          if (name.startsWith(prefix)) {
            valuesOfPart.put(name.substring(prefix.length()), value);
          }
        });
    return new Snapshot(ofPart, valuesOfPart);
  }

  /** Whether there is a vector of that name. */
  public boolean hasVector(String name) {
    return vectors.containsKey(name);
  }

  /**
   * A vector.
   *
   * @throws CorruptFileException if there is none, or it has another length
   */
  public float[] vector(String name, int length) {
    float[] vector = vectors.get(name);
    if (vector == null || vector.length != length) {
      throw unfit(
          "its vector %s has %s elements where %s belong"
              .formatted(name, vector == null ? "no" : vector.length, length));
    }
    return vector;
  }

  /** A whole number. */
  public int whole(String name) {
    return parsed(name, Integer::parseInt);
  }

  /** A large whole number. */
  public long wide(String name) {
    return parsed(name, Long::parseLong);
  }

  /** A number, with the bits that it had. */
  public double number(String name) {
    return parsed(name, Double::parseDouble);
  }

  /** A truth. */
  public boolean truth(String name) {
    return text(name).equals("true");
  }

  /**
   * A text.
   *
   * @throws CorruptFileException if there is none
   */
  public String text(String name) {
    String value = values.get(name);
    if (value == null) {
      throw unfit("it has no value " + name);
    }
    return value;
  }

  private <T> T parsed(String name, Function<String, T> parser) {
    try {
      return parser.apply(text(name));
    } catch (NumberFormatException e) {
      throw unfit("its value %s is no number".formatted(name));
    }
  }

  /** A checkpoint is whole, but does not belong to what is to be restored. */
  private static CorruptFileException unfit(String why) {
    return new CorruptFileException(
        ("Cannot go on from the checkpoint: %s; it was written by another version, or changed; move"
                + " the folder of checkpoints away to start from the beginning")
            .formatted(why));
  }

  private static void requireName(String name) {
    if (!isName(name)) {
      throw new IllegalArgumentException("Invalid name in a snapshot: " + name);
    }
  }
}
