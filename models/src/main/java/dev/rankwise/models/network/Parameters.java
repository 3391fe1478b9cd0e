package dev.rankwise.models.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.network.LinkedProgram.LinkedSegment;
import dev.rankwise.models.network.LinkedProgram.Stretch;
import dev.rankwise.models.torch.KernelProgram;
import dev.rankwise.models.torch.TensorScope;
import dev.rankwise.models.torch.TorchRuntime;
import java.util.ArrayList;
import java.util.List;

/**
 * One version of the trainable parameters θ in native memory, cut by segment. It is read only, so
 * all threads of a JVM share it.
 */
public final class Parameters implements AutoCloseable {
  private final TensorScope scope;
  private final List<NDArray> segments;
  private final List<NDList> prepared;

  private Parameters(TensorScope scope, List<NDArray> segments, List<NDList> prepared) {
    this.scope = scope;
    this.segments = segments;
    this.prepared = prepared;
  }

  static Parameters of(
      float[] theta, List<LinkedSegment> segments, KernelProgram runtime, MappedBase base) {
    int expected = segments.stream().mapToInt(segment -> segment.own().size()).sum();
    if (theta.length != expected) {
      throw new InternalException(
          "Parameter vector has %s numbers, the linked program reads %s"
              .formatted(theta.length, expected));
    }
    TensorScope scope = TorchRuntime.scope();
    NDArray whole =
        scope.floats(theta.length == 0 ? new float[1] : theta, Math.max(1, theta.length));
    List<NDArray> cut = new ArrayList<>();
    try (TensorScope numbers = scope.inner()) {
      for (LinkedSegment segment : segments) {
        Stretch own = segment.own();
        cut.add(
            segment.borrowed().isEmpty()
                ? runtime.call(
                    "part", whole, numbers.number(own.offset()), numbers.number(own.size()))
                : joined(theta, segment, scope));
      }
    }
    List<NDList> prepared = prepared(cut, segments, runtime, base, scope);
    return new Parameters(scope, List.copyOf(cut), List.copyOf(prepared));
  }

  private static List<NDList> prepared(
      List<NDArray> cut,
      List<LinkedSegment> segments,
      KernelProgram runtime,
      MappedBase base,
      TensorScope scope) {
    List<NDList> prepared = new ArrayList<>();
    try (TensorScope meanwhile = scope.inner()) {
      NDList room = LinkedProgram.room(segments, runtime, meanwhile);
      for (int i = 0; i < segments.size(); i++) {
        LinkedSegment segment = segments.get(i);
        List<NDArray> results = new ArrayList<>();
        for (String method : segment.prepared()) {
          NDList head = new NDList(cut.get(i));
          NDList first = segment.unpacks() ? room : new NDList();
          results.add(0, runtime.call(method, head, List.of(first, base.weights(i))));
        }
        prepared.add(KernelProgram.list("w", results));
      }
    }
    return prepared;
  }

  /** A segment that borrows has its numbers in one piece of its own. */
  private static NDArray joined(float[] theta, LinkedSegment segment, TensorScope scope) {
    float[] joined = new float[segment.size()];
    int next = 0;
    for (Stretch stretch : segment.read()) {
      System.arraycopy(theta, stretch.offset(), joined, next, stretch.size());
      next += stretch.size();
    }
    return scope.floats(joined, joined.length);
  }

  /** What a segment reads that is computed once for this version, as the end of its weights. */
  NDList prepared(int index) {
    return prepared.get(index);
  }

  NDArray segment(int index) {
    return segments.get(index);
  }

  @Override
  public void close() {
    scope.close();
  }
}
