package dev.rankwise.models.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.rankwise.models.network.LinkedProgram.LinkedSegment;
import dev.rankwise.models.network.ReplicaFile.Entry;
import dev.rankwise.models.torch.KernelProgram;
import dev.rankwise.models.torch.TensorScope;
import dev.rankwise.models.torch.TorchRuntime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The frozen tensors of a replica, mapped from the replica file: nothing is read or copied before a
 * kernel touches it, and every process of the host shares one copy in the page cache.
 */
final class MappedBase implements AutoCloseable {
  private final TensorScope scope;
  private final List<NDList> weights;

  private MappedBase(TensorScope scope, List<NDList> weights) {
    this.scope = scope;
    this.weights = weights;
  }

  static MappedBase map(
      ReplicaFile file, List<LinkedSegment> segments, KernelProgram runtime, BaseType type) {
    TensorScope scope = TorchRuntime.scope();
    String method = type == BaseType.FLOAT32 ? "map_float32" : "map_bfloat16";
    NDArray whole =
        runtime.call(
            method, scope.text(file.path().toString()), scope.number(file.bytes() / type.bytes()));
    List<NDList> weights = new ArrayList<>();
    // One that several segments read, such as a tied table, is cut once.
    Map<MappedTensor, NDArray> parts = new LinkedHashMap<>();
    for (LinkedSegment segment : segments) {
      List<NDArray> tensors = new ArrayList<>();
      for (MappedTensor tensor : segment.weights()) {
        tensors.add(
            parts.computeIfAbsent(tensor, key -> tensor(file, key, whole, runtime, scope, type)));
      }
      if (tensors.isEmpty()) {
        // A list argument exists only through its members: a wholly trainable segment gets one
        // unread.
        tensors.add(scope.zeros(1));
      }
      weights.add(KernelProgram.list("w", tensors));
    }
    return new MappedBase(scope, List.copyOf(weights));
  }

  /** The frozen tensors of one segment, as its list argument. */
  NDList weights(int segment) {
    return weights.get(segment);
  }

  private static NDArray tensor(
      ReplicaFile file,
      MappedTensor tensor,
      NDArray whole,
      KernelProgram runtime,
      TensorScope scope,
      BaseType type) {
    return switch (tensor.form()) {
      case WHOLE -> part(file.entry(tensor), whole, runtime, scope, type);
      case OUTPUT_NORMS -> {
        float[] norms = file.norms(tensor);
        yield scope.floats(norms, norms.length);
      }
    };
  }

  private static NDArray part(
      Entry entry, NDArray whole, KernelProgram runtime, TensorScope scope, BaseType type) {
    try (TensorScope numbers = scope.inner()) {
      NDArray start = numbers.number(entry.start() / type.bytes());
      List<Long> shape = entry.shape();
      if (shape.size() == 1) {
        return runtime.call("part", whole, start, numbers.number(shape.get(0)));
      }
      return runtime.call(
          "matrix", whole, start, numbers.number(shape.get(0)), numbers.number(shape.get(1)));
    }
  }

  @Override
  public void close() {
    scope.close();
  }
}
