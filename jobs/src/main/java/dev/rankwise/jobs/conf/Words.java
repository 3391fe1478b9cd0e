package dev.rankwise.jobs.conf;

import java.util.List;
import java.util.Locale;

/** The words that stand for constants of the engine: dashed, in lower case. */
final class Words {
  private Words() {}

  static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static List<String> all(List<? extends Enum<?>> constants) {
    return constants.stream().map(Words::of).toList();
  }

  /** The constant that {@code words} stand for. */
  static <E extends Enum<E>> E constant(Class<E> type, String words) {
    return Enum.valueOf(type, words.toUpperCase(Locale.ROOT).replace('-', '_'));
  }
}
