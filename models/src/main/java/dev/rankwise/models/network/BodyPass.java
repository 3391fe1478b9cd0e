package dev.rankwise.models.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.rankwise.models.network.ForwardPass.Aside;
import dev.rankwise.models.network.ReplicaSettings.BlockActivations;
import dev.rankwise.models.torch.KernelProgram;
import dev.rankwise.models.torch.TensorScope;
import dev.rankwise.models.torch.TorchRuntime;
import java.util.ArrayList;
import java.util.List;

/**
 * The segments before the scores, forward and backward. The scores have a backward pass of their
 * own, which ends in the gradient of the last states; here it goes on.
 *
 * <p>Either everything between is kept, or only the input of each segment: then the backward pass
 * runs each segment again before it goes back through it. That computes about a third more, and
 * holds the intermediate results of one block instead of all; the bits are the same. Source:
 * "Training Deep Nets with Sublinear Memory Cost" (arXiv 1604.06174), section 3.
 *
 * <p>Where weights are in four bits, each segment has a graph of its own, so that before the
 * backward pass goes through it its weights can be unpacked again; nothing unpacked is kept.
 */
final class BodyPass {
  private final Replica replica;
  private final ForwardPass pass;
  private final TensorScope scope;
  private final List<NDArray> leaves;
  private final double microBatches;

  /** Input of each segment; empty where everything is kept in one graph. */
  private final List<NDArray> inputs = new ArrayList<>();

  /** Output of each segment that has a graph of its own. */
  private final List<NDArray> outputs = new ArrayList<>();

  /** What was said beside the output of each of these. */
  private final List<List<Aside>> said = new ArrayList<>();

  /** What was said beside the states, by segment. */
  private final List<Aside> asides;

  private final NDArray last;
  private final NDArray states;

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
      this.last = replica.unpacks() ? apart() : pass.body(state -> {});
    } else {
      TorchRuntime.recordNothing();
      inputs.add(pass.input());
      this.last = pass.body(inputs::add);
      TorchRuntime.recordGradients();
    }
    this.asides =
        outputs.isEmpty() ? pass.takeAsides() : said.stream().flatMap(List::stream).toList();
    this.states = scope.leaf(last);
  }

  /** Runs each segment on a leaf of its own; those below the lowest trainable one unrecorded. */
  private NDArray apart() {
    TorchRuntime.recordNothing();
    NDArray x = pass.input();
    int lowest = replica.lowestTrainable();
    for (int i = 0; i < replica.bodySize(); i++) {
      if (i == lowest) {
        TorchRuntime.recordGradients();
      }
      NDArray input = i > lowest ? scope.leaf(x) : x;
      x = pass.segment(i, input, leaves.get(i));
      inputs.add(input);
      outputs.add(x);
      said.add(pass.takeAsides());
    }
    TorchRuntime.recordGradients();
    return x;
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
    if (!outputs.isEmpty()) {
      for (int i = replica.bodySize() - 1; i >= lowest; i--) {
        above = throughGraph(i, above, i == lowest);
      }
      return;
    }
    for (int i = replica.bodySize() - 1; i > lowest; i--) {
      above = through(i, above);
    }
    try (NDArray y = pass.segment(lowest, inputs.get(lowest), leaves.get(lowest))) {
      backward(y, above, pass.takeAsides(), scope);
    }
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

  /** Back through the graph of one segment: the gradient of its input, where one is wanted. */
  private NDArray throughGraph(int i, NDArray above, boolean last) {
    pass.unpack(i);
    try (NDArray gradient = above;
        NDArray output = outputs.get(i);
        NDArray input = inputs.get(i)) {
      backward(output, gradient, said.get(i), scope);
      return last ? gradient : KernelProgram.gradient(input);
    }
  }

  /** Back through one segment: the gradient of its input. Frees what nothing else needs. */
  private NDArray through(int i, NDArray above) {
    try (TensorScope inner = scope.inner();
        NDArray gradient = above;
        NDArray input = inputs.get(i)) {
      NDArray x = inner.leaf(input);
      NDArray y = pass.segment(i, x, leaves.get(i));
      backward(y, gradient, pass.takeAsides(), inner);
      return scope.keep(KernelProgram.gradient(x));
    }
  }
}
