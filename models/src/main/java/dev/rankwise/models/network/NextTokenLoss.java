package dev.rankwise.models.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.rankwise.models.network.Replica.TargetScores;
import dev.rankwise.models.torch.KernelProgram;
import dev.rankwise.models.torch.TensorScope;
import dev.rankwise.models.torch.TorchRuntime;
import java.util.Arrays;
import java.util.List;

/**
 * Cross-entropy of the next token, summed over the tokens that have a target, and its gradient.
 *
 * <p>Scores exist for tokens with a target only, and for a stretch of them at a time: each stretch
 * is scored, its gradient taken back to its states, and forgotten. So the table of (targets,
 * vocabulary) is never whole, in either direction; what is kept is the gradient of the states,
 * (targets, hidden), from which the backward pass through the blocks begins. The gradient of the
 * scores, weight (softmax(scores) − one-hot(label)), takes their place in memory. Where nothing of
 * the table is trained and scores are not capped, one text does all of that by hand.
 *
 * <p>Stretches depend on the vocabulary alone, so the bits do not depend on what else is in a step.
 */
final class NextTokenLoss {
  /** Scores of one stretch: 16 MiB in float32, which a processor's third cache may hold. */
  static final int MOST_SCORES = 1 << 22;

  private static final int WHOLE = 16;

  /** With fewer tokens than these the table of tokens is read more than it is multiplied by. */
  private static final int LEAST = 64;

  private final Replica replica;
  private final ForwardPass pass;
  private final TensorScope scope;
  private final NDArray weight;
  private final int stretch;
  private final int trained;
  private final boolean byHand;
  private final boolean bodyTrains;
  private final boolean headTrains;

  /**
   * @param pass the forward pass whose states are scored
   * @param scope where the states live
   * @param weight what each target's loss is multiplied by
   * @param mostScores how many scores there are at a time at most
   */
  NextTokenLoss(
      Replica replica, ForwardPass pass, TensorScope scope, float weight, int mostScores) {
    this.replica = replica;
    this.pass = pass;
    this.scope = scope;
    this.weight = scope.number(weight);
    this.byHand = pass.scoresByHand();
    this.stretch = stretch(replica.vocabulary(), mostScores);
    this.trained = byHand ? stretch(replica.vocabulary(), narrow(mostScores)) : stretch;
    this.bodyTrains = replica.bodyTrains();
    this.headTrains = replica.headTrains();
  }

  /**
   * How many scores take the memory of {@code most} of libtorch's: by hand there is one of each, in
   * the base's type, and not one in float32 and two beside it.
   */
  private int narrow(int most) {
    return switch (replica.settings().baseType()) {
      case FLOAT32 -> 2 * most;
      case BFLOAT16 -> 4 * most;
    };
  }

  /** How many tokens are scored at a time. */
  static int stretch(int vocabulary, int mostScores) {
    return Math.max(LEAST, mostScores / vocabulary / WHOLE * WHOLE);
  }

  /**
   * The weighted loss; its gradient is left in {@code states} and in the head's leaf.
   *
   * @param states the last states, (rows, hidden), a leaf
   */
  double backward(TokenBatch batch, NDArray states) {
    int[] tokens = batch.targets();
    if (tokens.length == 0) {
      return 0;
    }
    KernelProgram program = replica.program();
    NDArray asked = program.call("asked", states, scope.longs(tokens, tokens.length));
    TorchRuntime.recordNothing();
    NDArray gradient = program.call("blank", asked);
    double loss = 0;
    for (int start = 0; start < tokens.length; start += trained) {
      loss += score(asked, gradient, start, labels(batch, tokens, start, trained));
    }
    if (bodyTrains) {
      TorchRuntime.recordGradients();
      KernelProgram.backward(asked, gradient);
      TorchRuntime.recordNothing();
    }
    return loss;
  }

  /**
   * The sums alone, without gradients.
   *
   * @param states the last states, (rows, hidden)
   */
  TargetScores scores(TokenBatch batch, NDArray states) {
    int[] tokens = batch.targets();
    KernelProgram program = replica.program();
    double loss = 0;
    boolean[] hit = new boolean[tokens.length];
    for (int start = 0; start < tokens.length; start += stretch) {
      int[] labels = labels(batch, tokens, start, stretch);
      int[] asked = Arrays.copyOfRange(tokens, start, start + labels.length);
      try (TensorScope inner = scope.inner();
          NDArray rows = program.call("asked", states, inner.longs(asked, asked.length));
          NDArray scores = pass.scores(rows, start)) {
        NDArray truth = inner.longs(labels, labels.length);
        loss += program.call("cross_entropy", scores, truth, weight).getFloat();
        long[] best = program.call("hits", scores, truth).toLongArray();
        for (int i = 0; i < best.length; i++) {
          hit[start + i] = best[i] != 0;
        }
      }
    }
    return summed(loss, tokens, hit, batch.offsets());
  }

  /**
   * Scores of a micro-batch, beside which nothing is said.
   *
   * @param tokens the tokens with a target, in their order
   * @param hit whether each has the highest score at its target
   * @param offsets where each sequence begins, and where the last one ends
   */
  static TargetScores summed(double lossSum, int[] tokens, boolean[] hit, int[] offsets) {
    long hits = 0;
    long exact = 0;
    long answers = 0;
    int next = 0;
    for (int sequence = 0; sequence + 1 < offsets.length; sequence++) {
      int first = next;
      long own = 0;
      while (next < tokens.length && tokens[next] < offsets[sequence + 1]) {
        own += hit[next++] ? 1 : 0;
      }
      hits += own;
      answers += next > first ? 1 : 0;
      exact += next > first && own == next - first ? 1 : 0;
    }
    return new TargetScores(lossSum, hits, tokens.length, exact, answers, List.of());
  }

  private static int[] labels(TokenBatch batch, int[] tokens, int start, int most) {
    int[] labels = new int[Math.min(most, tokens.length - start)];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = batch.labels()[tokens[start + i]];
    }
    return labels;
  }

  /** One stretch, forward and back to its states. */
  private double score(NDArray asked, NDArray gradient, int start, int[] labels) {
    KernelProgram program = replica.program();
    try (TensorScope inner = scope.inner()) {
      NDArray from = inner.number((long) start);
      NDArray part = program.call("part", asked, from, inner.number((long) labels.length));
      NDArray states = inner.leaf(part);
      part.close();
      if (byHand) {
        NDArray truth = inner.longs(labels, labels.length);
        NDList results = pass.scoredByHand(states, truth, weight);
        program.call("filled", gradient, from, results.get(1)).close();
        return results.get(0).getFloat();
      }
      TorchRuntime.recordGradients();
      NDArray scores = pass.scores(states, start);
      TorchRuntime.recordNothing();
      NDArray loss =
          program.call(
              "cross_entropy_in_place", scores, inner.longs(labels, labels.length), weight);
      if (bodyTrains || headTrains) {
        // The scores have become their own gradient: of each kind there is room for one.
        TorchRuntime.recordGradients();
        KernelProgram.backward(scores, scores);
        TorchRuntime.recordNothing();
      }
      if (bodyTrains) {
        program.call("filled", gradient, from, KernelProgram.gradient(states)).close();
      }
      return loss.getFloat();
    }
  }
}
