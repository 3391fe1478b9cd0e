package dev.rankwise.models.network;

import ai.djl.ndarray.NDArray;
import dev.rankwise.models.architecture.Network.Answer;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.ForwardPass.Aside;
import dev.rankwise.models.network.GroupSum.Said;
import dev.rankwise.models.network.LinkedProgram.LinkedSegment;
import dev.rankwise.models.network.LinkedProgram.Stretch;
import dev.rankwise.models.random.DropoutKey;
import dev.rankwise.models.torch.KernelProgram;
import dev.rankwise.models.torch.TensorScope;
import dev.rankwise.models.torch.TorchRuntime;
import java.io.Serializable;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One pass over a group's micro-batches on one thread: forward, backward, and the sum of gradients
 * in the order in which the micro-batches come, in float32.
 */
public final class GradientPass implements AutoCloseable {
  private final Replica replica;
  private final Parameters parameters;
  private final TensorScope scope;
  private final List<NDArray> sums;
  private final boolean trainable;
  private double lossSum;
  private long examples;
  private long tokens;
  private final List<Said> asides = new ArrayList<>();

  /**
   * By what the terms of a step's loss are divided.
   *
   * @param labels labels of the step: classified sequences or target tokens, at least 1
   * @param microBatches micro-batches of the step, at least 1: the mean of what products add to the
   *     loss is taken over them
   */
  public record Denominators(double labels, double microBatches) implements Serializable {}

  GradientPass(Replica replica, Parameters parameters) {
    this.replica = replica;
    this.parameters = parameters;
    TorchRuntime.prepareThread(replica.settings().threads());
    this.scope = TorchRuntime.scope();
    this.sums = new ArrayList<>();
    this.trainable = replica.segments().stream().anyMatch(segment -> segment.size() > 0);
    for (LinkedSegment segment : replica.segments()) {
      sums.add(scope.zeros(segment.size()));
    }
  }

  /**
   * Adds the gradient of one micro-batch: of its summed cross-entropy divided by {@code
   * denominator}, which the plan knows for the whole step. One without labels is counted only.
   *
   * @param batch sequences with labels
   * @param denominator labels of the step: classified sequences or target tokens, at least 1
   */
  public void add(TokenBatch batch, double denominator) {
    add(batch, new Denominators(denominator, 1), Optional.empty());
  }

  /**
   * The same, as training computes it: with the adapter's dropout and jitter.
   *
   * @param key names the micro-batch
   */
  public void add(TokenBatch batch, double denominator, DropoutKey key) {
    add(batch, new Denominators(denominator, 1), key);
  }

  /** The same, as a step of several micro-batches computes it. */
  public void add(TokenBatch batch, Denominators denominators, DropoutKey key) {
    add(batch, denominators, Optional.of(key));
  }

  private void add(TokenBatch batch, Denominators denominators, Optional<DropoutKey> key) {
    examples += batch.sequences();
    tokens += batch.tokens();
    if (isLabelled(batch)) {
      compute(batch, denominators, key);
    }
  }

  private boolean isLabelled(TokenBatch batch) {
    return replica.answer() == Answer.NEXT_TOKEN
        ? batch.targets().length > 0
        : batch.labels().length > 0;
  }

  private void compute(TokenBatch batch, Denominators denominators, Optional<DropoutKey> key) {
    TorchRuntime.prepareThread(replica.settings().threads());
    TorchRuntime.recordGradients();
    try (TensorScope step = TorchRuntime.scope()) {
      List<NDArray> leaves = leaves(step);
      ForwardPass pass = new ForwardPass(replica, batch, step, parameters, leaves::get, key);
      BodyPass body = new BodyPass(replica, pass, step, leaves, denominators.microBatches());
      lossSum += loss(pass, batch, body.states(), (float) (1 / denominators.labels()), step);
      if (replica.bodyTrains()) {
        body.backward();
      }
      note(pass, body.asides());
      TorchRuntime.recordNothing();
      if (trainable) {
        accumulate(body);
      }
    } finally {
      TorchRuntime.recordNothing();
    }
  }

  private void note(ForwardPass pass, List<Aside> said) {
    if (said.isEmpty()) {
      return;
    }
    asides.add(pass.said(said));
  }

  private List<NDArray> leaves(TensorScope step) {
    List<NDArray> leaves = new ArrayList<>();
    for (int i = 0; i < sums.size(); i++) {
      NDArray values = parameters.segment(i);
      leaves.add(replica.segments().get(i).size() > 0 ? step.leaf(values) : values);
    }
    return leaves;
  }

  /** The loss; its gradient is left in {@code states} and in the head's leaf. */
  private double loss(
      ForwardPass pass, TokenBatch batch, NDArray states, float weight, TensorScope step) {
    return switch (replica.answer()) {
      case CLASS -> {
        NDArray labels = step.longs(batch.labels(), batch.sequences());
        NDArray scores = pass.scores(states, 0);
        NDArray loss = replica.program().call("cross_entropy", scores, labels, step.number(weight));
        if (trainable) {
          KernelProgram.backward(loss);
        }
        yield loss.getFloat();
      }
      case NEXT_TOKEN ->
          new NextTokenLoss(replica, pass, step, weight, NextTokenLoss.MOST_SCORES)
              .backward(batch, states);
      case HIDDEN_STATES ->
          throw new UserInputException(
              "Cannot train a base that ends in hidden states: it has no scores to compare with"
                  + " labels; choose one with a head");
    };
  }

  private void accumulate(BodyPass body) {
    for (int i = 0; i < sums.size(); i++) {
      if (replica.segments().get(i).size() > 0) {
        replica.program().call("accumulate", sums.get(i), body.gradient(i)).close();
      }
    }
  }

  /** The sums so far, copied out of native memory. */
  public GroupSum finish() {
    List<LinkedSegment> segments = replica.segments();
    Stretch last = segments.get(segments.size() - 1).own();
    float[] gradient = new float[last.offset() + last.size()];
    for (int i = 0; i < segments.size(); i++) {
      LinkedSegment segment = segments.get(i);
      if (segment.size() > 0) {
        FloatBuffer sum = sums.get(i).toByteBuffer(true).asFloatBuffer();
        sum.get(gradient, segment.own().offset(), segment.own().size());
        segment.borrowed().forEach(stretch -> add(gradient, stretch, sum));
      }
    }
    return new GroupSum(gradient, lossSum, examples, tokens, asides);
  }

  /** What a segment lends comes after its own gradient, since its borrowers come after it. */
  private static void add(float[] gradient, Stretch stretch, FloatBuffer sum) {
    for (int i = 0; i < stretch.size(); i++) {
      gradient[stretch.offset() + i] += sum.get();
    }
  }

  @Override
  public void close() {
    scope.close();
  }
}
