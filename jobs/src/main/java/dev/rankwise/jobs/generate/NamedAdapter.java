package dev.rankwise.jobs.generate;

import dev.rankwise.jobs.stored.FetchedAdapter;
import dev.rankwise.models.failure.UserInputException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * An adapter by the name of its output.
 *
 * @param name {@value #BASE} for the base alone
 * @param folder a run folder or an adapter in PEFT's form; empty for the base alone
 */
public record NamedAdapter(String name, Optional<Path> folder) {
  static final String BASE = "base";

  /** The base alone. */
  static NamedAdapter base() {
    return new NamedAdapter(BASE, Optional.empty());
  }

  /** Reads {@code NAME=DIR}, or {@value #BASE}. */
  public static NamedAdapter parse(String option) {
    int equals = option.indexOf('=');
    if (option.equals(BASE)) {
      return base();
    }
    if (equals < 1 || equals == option.length() - 1 || option.startsWith(BASE + "=")) {
      throw new UserInputException(
          ("Invalid --adapter: \"%s\" (must be NAME=DIR, with a name other than \"%s\"; or \"%s\""
                  + " alone for the base itself)")
              .formatted(option, BASE, BASE));
    }
    return new NamedAdapter(
        option.substring(0, equals),
        Optional.of(FetchedAdapter.path(option.substring(equals + 1))));
  }
}
