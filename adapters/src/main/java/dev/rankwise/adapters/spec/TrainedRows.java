package dev.rankwise.adapters.spec;

import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.network.TrainableTensor;
import java.util.List;

/**
 * Rows of a table that are trained, each whole: what is stored is a row's new value, not its
 * change.
 *
 * @param table the embedding
 * @param entries numbers of its rows, in the order in which the values lie
 */
public record TrainedRows(ModuleShape table, List<Integer> entries) {
  /** Name of the values within the table's module, as PEFT stores them. */
  public static final String TENSOR = "token_adapter.trainable_tokens_delta";

  public TrainedRows {
    entries = List.copyOf(entries);
  }

  /** The values, (entries, size). */
  public TrainableTensor tensor() {
    return new TrainableTensor(table.path(), TENSOR, List.of(entries.size(), table.outFeatures()));
  }
}
