package dev.rankwise.shuffled;

import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Does everything that the rules forbid, to show that they would report it. Never called. */
public final class BreaksEveryRule {

  private BreaksEveryRule() {}

  static long unordered(List<Long> values) {
    Map<Long, Long> counts = new HashMap<>();
    values.parallelStream().forEach(value -> counts.merge(value, 1L, Long::sum));
    return counts.size() + System.nanoTime() + new Random().nextInt();
  }

  static Object foreign(InputStream input) throws IOException, ClassNotFoundException {
    try (ObjectInputStream objects = new ObjectInputStream(input)) {
      return objects.readObject();
    } finally {
      System.exit(1);
    }
  }
}
