package dev.rankwise.models.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.rankwise.models.format.CopiedPages;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.network.LinkedProgram.LinkedSegment;
import dev.rankwise.models.network.ReplicaFile.Entry;
import dev.rankwise.models.quantized.FourBitCode;
import dev.rankwise.models.torch.KernelProgram;
import dev.rankwise.models.torch.TensorScope;
import dev.rankwise.models.torch.TorchRuntime;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The frozen tensors of a replica, mapped from the replica file: nothing is read or copied before a
 * kernel touches it, and every process of the host shares one copy in the page cache.
 */
final class MappedBase implements AutoCloseable {
  private final ReplicaFile file;
  private final TensorScope scope;
  private final List<NDList> weights;

  /** Cuts tensors out of a replica file, which is mapped once for each element type in it. */
  private record Cutter(
      ReplicaFile file,
      KernelProgram runtime,
      TensorScope scope,
      Map<ElementType, NDArray> wholes) {

    NDArray tensor(MappedTensor tensor) {
      return switch (tensor.form()) {
        case WHOLE, CODES, BLOCK_SCALES, SCALE_PARAMETERS -> part(file.entry(tensor));
        case OUTPUT_NORMS -> {
          float[] norms = file.norms(tensor);
          yield scope.floats(norms, norms.length);
        }
        case CODE_PAIRS -> {
          float[] pairs =
              FourBitCode.named(tensor.sources().get(0)).map(FourBitCode::pairs).orElseThrow();
          yield scope.floats(pairs, pairs.length / 2, 2);
        }
      };
    }

    private NDArray part(Entry entry) {
      NDArray whole = wholes.computeIfAbsent(entry.type(), this::mapped);
      try (TensorScope numbers = scope.inner()) {
        NDArray start = numbers.number(entry.start() / entry.type().bytes());
        List<Long> shape = entry.shape();
        if (shape.size() == 1) {
          return runtime.call("part", whole, start, numbers.number(shape.get(0)));
        }
        return runtime.call(
            "matrix", whole, start, numbers.number(shape.get(0)), numbers.number(shape.get(1)));
      }
    }

    private NDArray mapped(ElementType type) {
      String method =
          switch (type) {
            case F32 -> "map_float32";
            case BF16 -> "map_bfloat16";
            default -> "map_bytes";
          };
      return runtime.call(
          method, scope.text(file.path().toString()), scope.number(file.bytes() / type.bytes()));
    }
  }

  private MappedBase(ReplicaFile file, TensorScope scope, List<NDList> weights) {
    this.file = file;
    this.scope = scope;
    this.weights = weights;
  }

  static MappedBase map(ReplicaFile file, List<LinkedSegment> segments, KernelProgram runtime) {
    TensorScope scope = TorchRuntime.scope();
    Cutter cutter = new Cutter(file, runtime, scope, new EnumMap<>(ElementType.class));
    List<NDList> weights = new ArrayList<>();
    // One that several segments read, such as a tied table, is cut once.
    Map<MappedTensor, NDArray> parts = new LinkedHashMap<>();
    for (LinkedSegment segment : segments) {
      List<NDArray> tensors = new ArrayList<>();
      for (MappedTensor tensor : segment.weights()) {
        tensors.add(parts.computeIfAbsent(tensor, cutter::tensor));
      }
      if (tensors.isEmpty()) {
        // A list argument exists only through its members: a wholly trainable segment gets one
        // unread.
        tensors.add(scope.zeros(1));
      }
      weights.add(KernelProgram.list("w", tensors));
    }
    return new MappedBase(file, scope, List.copyOf(weights));
  }

  /** The frozen tensors of one segment, as its list argument. */
  NDList weights(int segment) {
    return weights.get(segment);
  }

  /** Whether the tensors are what was mapped. */
  Replica.Frozen frozen() {
    long copied = CopiedPages.bytes(file.path()).orElse(Replica.Frozen.UNTOLD);
    return new Replica.Frozen(file.sha256(), copied, file.isUnchanged());
  }

  @Override
  public void close() {
    scope.close();
  }
}
