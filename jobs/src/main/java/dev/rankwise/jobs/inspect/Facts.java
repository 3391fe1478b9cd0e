package dev.rankwise.jobs.inspect;

import dev.rankwise.jobs.text.Redaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Lines of a name and a value, the values one below the other. */
final class Facts {
  private static final int WIDTH = 22;

  private final List<String> lines = new ArrayList<>();

  /** Lines under a heading that says what is looked at. */
  static Facts headed(String heading) {
    Facts facts = new Facts();
    facts.lines.add(heading);
    return facts;
  }

  Facts add(String name, Object value) {
    lines.add(
        String.format(
            Locale.ROOT, "  %-" + WIDTH + "s%s", name, Redaction.printable(String.valueOf(value))));
    return this;
  }

  Facts add(String name, long number) {
    return add(name, String.format(Locale.ROOT, "%,d", number));
  }

  Facts addAll(List<String> more) {
    lines.addAll(more);
    return this;
  }

  List<String> lines() {
    return List.copyOf(lines);
  }
}
