package dev.rankwise.models.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.rankwise.models.torch.TensorScope;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/** One micro-batch on its way through a replica: the body, then scores of some of its states. */
final class ForwardPass {
  private final Replica replica;
  private final TokenBatch batch;
  private final TensorScope scope;
  private final IntFunction<NDArray> theta;
  private final IntFunction<NDList> places;
  private final int rows;

  /**
   * @param scope where everything that is computed lives
   * @param theta the trainable numbers of each segment
   */
  ForwardPass(Replica replica, TokenBatch batch, TensorScope scope, IntFunction<NDArray> theta) {
    this.replica = replica;
    this.batch = batch;
    this.scope = scope;
    this.theta = theta;
    this.rows = TokenGrid.rows(batch, replica.settings().baseType());
    NDList everywhere = replica.places().of(batch, rows, scope);
    this.places = segment -> everywhere;
  }

  /**
   * A pass whose segments do not all read the same places.
   *
   * @param rows number of rows of every state, at least the number of tokens
   * @param places the list {@code places} of each segment
   */
  ForwardPass(
      Replica replica,
      TokenBatch batch,
      int rows,
      TensorScope scope,
      IntFunction<NDArray> theta,
      IntFunction<NDList> places) {
    this.replica = replica;
    this.batch = batch;
    this.scope = scope;
    this.theta = theta;
    this.rows = rows;
    this.places = places;
  }

  /** Number of rows of every state. */
  int rows() {
    return rows;
  }

  /** Runs the segments before the scores, and gives the last state, (rows, hidden). */
  NDArray body(Consumer<NDArray> each) {
    NDArray x = ids();
    for (int i = 0; i < replica.bodySize(); i++) {
      x = segment(i, x, theta.apply(i));
      each.accept(x);
    }
    return x;
  }

  /** Input of the first segment, (rows). */
  NDArray ids() {
    return scope.longs(Arrays.copyOf(batch.ids(), rows), rows);
  }

  /** Scores of states by the last segment, float32. */
  NDArray scores(NDArray states) {
    int last = replica.segments().size() - 1;
    return segment(last, states, theta.apply(last));
  }

  /** Runs one segment. */
  NDArray segment(int i, NDArray x, NDArray parameters) {
    String method = replica.segments().get(i).method();
    List<NDList> lists = List.of(places.apply(i), replica.weights(i));
    return replica.program().call(method, new NDList(x, parameters), lists);
  }
}
