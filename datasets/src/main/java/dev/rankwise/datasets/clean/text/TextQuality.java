package dev.rankwise.datasets.clean.text;

import dev.rankwise.datasets.source.RejectionReason;
import java.io.Serializable;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Judges texts by sets of rules.
 *
 * @param rules the sets, in the order in which they judge
 * @param limits what the rules compare with where it is not what their papers have
 */
public record TextQuality(List<QualityRules> rules, Map<QualityLimit, Double> limits)
    implements Serializable {
  /** Judges nothing. */
  public static final TextQuality NONE = new TextQuality(List.of(), Map.of());

  public TextQuality {
    rules = rules.stream().sorted().distinct().toList();
    Map<QualityLimit, Double> ordered = new EnumMap<>(QualityLimit.class);
    ordered.putAll(limits);
    limits = Collections.unmodifiableMap(ordered);
  }

  /** Why a text is not worth reading; nothing where it is. */
  public Optional<RejectionReason> problem(String text) {
    for (QualityRules set : rules) {
      Optional<RejectionReason> problem =
          switch (set) {
            case GOPHER_QUALITY -> GopherQuality.problem(text, this);
            case GOPHER_REPETITION -> GopherRepetition.problem(text, this);
            case C4 -> WebBoilerplate.problem(text, this);
          };
      if (problem.isPresent()) {
        return problem;
      }
    }
    return Optional.empty();
  }

  /** What is compared with. */
  double limit(QualityLimit limit) {
    return limits.getOrDefault(limit, limit.usual());
  }
}
