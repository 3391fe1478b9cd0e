package dev.rankwise.models.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.rankwise.models.network.ForwardPass.Aside;
import dev.rankwise.models.network.LinkedProgram.LinkedSegment;
import dev.rankwise.models.network.ReplicaSettings.BlockActivations;
import dev.rankwise.models.torch.KernelProgram;
import dev.rankwise.models.torch.TensorScope;
import dev.rankwise.models.torch.TorchRuntime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The segments before the scores, forward and backward. The scores have a backward pass of their
 * own, which ends in the gradient of the last states; here it goes on.
 *
 * <p>Either everything between is kept, or only the input of each segment: then the backward pass
 * runs each segment again before it goes back through it. That computes about a third more, and
 * holds the intermediate results of one block instead of all; the bits are the same. Source:
 * "Training Deep Nets with Sublinear Memory Cost" (arXiv 1604.06174), section 3.
 *
 * <p>Where weights are in four bits, or a segment goes back by hand, each segment is passed alone.
 * So before libtorch goes back through a segment its weights can be unpacked again; nothing
 * unpacked is kept. A segment that goes back by hand is not recorded: its text returns what its own
 * backward text needs, which is less than what libtorch would keep, and computes the rest again.
 */
final class BodyPass {
  private final Replica replica;
  private final ForwardPass pass;
  private final TensorScope scope;
  private final List<NDArray> leaves;
  private final double microBatches;

  /** Input of each segment; empty where everything is kept in one graph. */
  private final List<NDArray> inputs = new ArrayList<>();

  /** What each segment left that was passed alone; empty where none was. */
  private final List<Passed> passed = new ArrayList<>();

  /** Gradient of the trainable numbers of each segment that was gone back through by hand. */
  private final Map<Integer, NDArray> gradients = new HashMap<>();

  /** What was said beside the states, by segment. */
  private final List<Aside> asides;

  private final NDArray last;
  private final NDArray states;

  /**
   * A segment that was passed alone.
   *
   * @param output its result
   * @param said what was said beside it
   * @param kept what its backward pass by hand needs
   */
  private record Passed(NDArray output, List<Aside> said, List<NDArray> kept) {}

  /**
   * Runs the forward pass.
   *
   * @param leaves the trainable numbers of each segment
   * @param microBatches by what further terms of the loss are divided
   */
  BodyPass(
      Replica replica,
      ForwardPass pass,
      TensorScope scope,
      List<NDArray> leaves,
      double microBatches) {
    this.replica = replica;
    this.pass = pass;
    this.scope = scope;
    this.leaves = leaves;
    this.microBatches = microBatches;
    if (replica.settings().activations() == BlockActivations.KEPT) {
      boolean alone = replica.unpacks() || replica.bodyGoesByHand();
      this.last = alone ? apart() : pass.body(state -> {});
    } else {
      TorchRuntime.recordNothing();
      inputs.add(pass.input());
      this.last = pass.body(inputs::add);
      TorchRuntime.recordGradients();
    }
    this.asides =
        passed.isEmpty()
            ? pass.takeAsides()
            : passed.stream().flatMap(segment -> segment.said().stream()).toList();
    this.states = scope.leaf(last);
  }

  /** Runs each segment on a leaf of its own; those below the lowest trainable one unrecorded. */
  private NDArray apart() {
    NDArray x = pass.input();
    int lowest = replica.lowestTrainable();
    for (int i = 0; i < replica.bodySize(); i++) {
      NDArray input = i > lowest ? scope.leaf(x) : x;
      List<NDArray> kept = List.of();
      if (i >= lowest && goesByHand(i)) {
        TorchRuntime.recordNothing();
        NDList results = pass.keeping(i, input, leaves.get(i));
        x = results.get(0);
        kept = results.subList(1, results.size());
      } else {
        record(i >= lowest);
        x = pass.segment(i, input, leaves.get(i));
      }
      inputs.add(input);
      passed.add(new Passed(x, pass.takeAsides(), kept));
    }
    TorchRuntime.recordGradients();
    return x;
  }

  private static void record(boolean gradients) {
    if (gradients) {
      TorchRuntime.recordGradients();
    } else {
      TorchRuntime.recordNothing();
    }
  }

  /** A text by hand of a segment in which something is drawn goes back through that alone. */
  private boolean goesByHand(int i) {
    LinkedSegment segment = replica.segments().get(i);
    return segment.byHand().isPresent() && pass.draws(i) == !segment.draws().isEmpty();
  }

  /** The last states, (rows, hidden), as a leaf that collects their gradient. */
  NDArray states() {
    return states;
  }

  /** What products said beside their results, by segment. */
  List<Aside> asides() {
    return asides;
  }

  /** Takes the gradient of the last states on, into the leaves of the trainable numbers. */
  void backward() {
    TorchRuntime.recordGradients();
    NDArray above = KernelProgram.gradient(states);
    if (inputs.isEmpty()) {
      backward(last, above, asides, scope);
      return;
    }
    int lowest = replica.lowestTrainable();
    for (int i = replica.bodySize() - 1; i >= lowest; i--) {
      above = passed.isEmpty() ? through(i, above) : throughPassed(i, above);
    }
  }

  /** The gradient of a segment's trainable numbers. */
  NDArray gradient(int i) {
    NDArray byHand = gradients.get(i);
    return byHand == null ? KernelProgram.gradient(leaves.get(i)) : byHand;
  }

  /** From a state, and from what was said beside it: each further term joins the loss here. */
  private void backward(NDArray y, NDArray gradient, List<Aside> said, TensorScope where) {
    if (said.isEmpty()) {
      KernelProgram.backward(y, gradient);
      return;
    }
    List<Double> weights = replica.asides().orElseThrow().weights();
    float[] divided = new float[weights.size()];
    for (int i = 0; i < divided.length; i++) {
      divided[i] = (float) (weights.get(i) / microBatches);
    }
    NDList terms = KernelProgram.list("terms", said.stream().map(Aside::terms).toList());
    NDList head = new NDList(y, gradient, where.floats(divided, divided.length));
    try (NDArray joined = replica.program().call("joined", head, List.of(terms))) {
      KernelProgram.backward(joined);
    }
  }

  /** Back through a segment that was passed alone. */
  private NDArray throughPassed(int i, NDArray above) {
    Passed segment = passed.get(i);
    try (NDArray gradient = above;
        NDArray output = segment.output();
        NDArray input = inputs.get(i)) {
      if (goesByHand(i)) {
        NDArray below = byHand(i, input, gradient, segment.kept());
        segment.kept().forEach(NDArray::close);
        return below;
      }
      pass.unpack(i);
      TorchRuntime.recordGradients();
      backward(output, gradient, segment.said(), scope);
      return below(i, input, scope);
    }
  }

  /** Computes one segment again and goes back through it. Frees what nothing else needs. */
  private NDArray through(int i, NDArray above) {
    try (TensorScope inner = scope.inner();
        NDArray gradient = above;
        NDArray input = inputs.get(i)) {
      NDArray x = i > replica.lowestTrainable() ? inner.leaf(input) : input;
      if (goesByHand(i)) {
        TorchRuntime.recordNothing();
        NDList results = pass.keeping(i, inner.leaf(input), leaves.get(i));
        return byHand(i, input, gradient, results.subList(1, results.size()));
      }
      TorchRuntime.recordGradients();
      NDArray y = pass.segment(i, x, leaves.get(i));
      backward(y, gradient, pass.takeAsides(), inner);
      return below(i, x, inner);
    }
  }

  /** The gradient of a segment's input, its trainable numbers' being put aside. */
  private NDArray byHand(int i, NDArray input, NDArray gradient, List<NDArray> kept) {
    TorchRuntime.recordNothing();
    NDList results = pass.back(i, input, leaves.get(i), gradient, kept);
    gradients.put(i, scope.keep(results.get(1)));
    return scope.keep(results.get(0));
  }

  /** What a leaf has collected; the lowest segment's input collects nothing. */
  private NDArray below(int i, NDArray x, TensorScope inner) {
    return i > replica.lowestTrainable() ? scope.keep(KernelProgram.gradient(x)) : inner.zeros(0);
  }
}
