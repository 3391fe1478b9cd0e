package dev.rankwise.datasets.template;

import dev.rankwise.datasets.template.Special.Undefined;
import java.util.ArrayList;
import java.util.List;

/** Python's slices of lists and texts. */
final class Slices {
  private Slices() {}

  static Object of(Object value, Object start, Object stop, Object step, Budget budget) {
    if (value instanceof String) {
      StringBuilder text = new StringBuilder();
      slice(Values.items(value, budget), start, stop, step).forEach(text::append);
      return text.toString();
    }
    if (value instanceof List<?> list) {
      return Values.alike(list, slice(Values.items(value, budget), start, stop, step));
    }
    if (value instanceof Undefined undefined) {
      throw undefined.used();
    }
    throw Values.mismatch(value, "a list or a text");
  }

  private static List<Object> slice(List<Object> items, Object start, Object stop, Object step) {
    long by = step == null ? 1 : Numbers.whole(step);
    if (by == 0) {
      throw TemplateException.fault("a slice has steps of 0");
    }
    int size = items.size();
    long first = bound(start, by > 0 ? 0 : size - 1, size, by);
    long last = bound(stop, by > 0 ? size : -1, size, by);
    List<Object> slice = new ArrayList<>();
    // Steps beyond the list's own length end after one item, and must not overflow.
    long stride = Math.max(-size - 1L, Math.min(by, size + 1L));
    for (long i = first; by > 0 ? i < last : i > last; i += stride) {
      slice.add(items.get((int) i));
    }
    return slice;
  }

  private static long bound(Object given, long otherwise, int size, long step) {
    if (given == null) {
      return otherwise;
    }
    long place = Numbers.whole(given);
    if (place < 0) {
      place = Math.max(place + size, step > 0 ? 0 : -1);
    }
    return Math.min(place, step > 0 ? size : size - 1L);
  }
}
