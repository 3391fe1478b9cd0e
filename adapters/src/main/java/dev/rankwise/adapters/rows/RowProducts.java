package dev.rankwise.adapters.rows;

import dev.rankwise.adapters.spec.TrainedRows;
import dev.rankwise.models.network.AdaptedProduct;
import java.util.List;
import java.util.Map;

/**
 * How rows R of a table W are computed that are trained (PEFT's {@code trainable_token_indices}).
 *
 * <table>
 * <caption>What reads the table</caption>
 * <tr><th>read as</th><th>gives</th></tr>
 * <tr><td>table, W (entries, size)</td><td>{@code R[k]} for the id of the k-th trained row, else
 * {@code W[id]}</td></tr>
 * <tr><td>output embedding that shares W</td><td>{@code x·R[k]ᵀ} in that row's column, else {@code
 * x·W[id]ᵀ}</td></tr>
 * </table>
 *
 * <p>The table itself is never copied. A row's gradient is the sum of both readings'.
 */
public final class RowProducts {
  private static final String TABLE = "kernels/table/rows.torchscript";
  private static final String SCORES = "kernels/linear/rows.torchscript";

  private RowProducts() {}

  /** The table itself. */
  public static AdaptedProduct table(TrainedRows rows) {
    return product(TABLE, rows);
  }

  /** The output embedding that shares the table's weight. */
  public static AdaptedProduct scores(TrainedRows rows) {
    return product(SCORES, rows);
  }

  private static AdaptedProduct product(String template, TrainedRows rows) {
    return new AdaptedProduct(
        template,
        Map.of("rows", "${t0}", "entries", rows.entries().toString()),
        List.of(rows.tensor()));
  }
}
