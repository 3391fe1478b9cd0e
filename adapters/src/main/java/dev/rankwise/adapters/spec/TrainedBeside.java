package dev.rankwise.adapters.spec;

import dev.rankwise.models.failure.UserInputException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * What an adapter trains beside its factors and the modules that are trained in full.
 *
 * @param biasOfB whether the factor B has a bias of its own (PEFT's {@code lora_bias})
 * @param biases which biases of the base are trained (PEFT's {@code bias})
 * @param rows rows of tables that are trained (PEFT's {@code trainable_token_indices}): name or end
 *     of a table's path, or {@link #TOKEN_TABLE}, to the numbers of its rows, each once
 */
public record TrainedBeside(boolean biasOfB, BaseBiases biases, Map<String, List<Integer>> rows)
    implements Serializable {

  /** Stands for the base's table of token vectors, whatever its path is. */
  public static final String TOKEN_TABLE = "";

  /** Which biases of the base are trained. */
  public enum BaseBiases {
    /** None. */
    NONE,
    /** Those of the modules that are adapted. */
    LORA_ONLY,
    /** All. */
    ALL
  }

  public TrainedBeside {
    Map<String, List<Integer>> copy = new LinkedHashMap<>();
    rows.forEach((table, entries) -> copy.put(table, List.copyOf(entries)));
    rows = Collections.unmodifiableMap(copy);
    List<String> problems = new ArrayList<>();
    rows.forEach(
        (table, entries) -> {
          if (entries.isEmpty() || new TreeSet<>(entries).size() < entries.size()) {
            problems.add(
                "Invalid trainable_token_indices: %s (must name rows, each once)"
                    .formatted(entries));
          }
        });
    if (!problems.isEmpty()) {
      throw new UserInputException(String.join("; ", problems));
    }
  }

  /** Nothing. */
  public static TrainedBeside nothing() {
    return new TrainedBeside(false, BaseBiases.NONE, Map.of());
  }
}
