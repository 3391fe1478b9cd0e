package dev.rankwise.models.network;

import java.io.Serializable;
import java.util.List;

/**
 * One small tensor that training changes: a factor of an adapter, or a tensor of the base that is
 * kept whole.
 *
 * @param module path of the module it belongs to
 * @param tensor its name within the module: {@code lora_A.weight}, {@code lora_B.weight}; or {@code
 *     weight}, {@code bias} for a tensor of the base itself that is trained in full
 * @param shape its dimensions, in PyTorch's order
 */
public record TrainableTensor(String module, String tensor, List<Integer> shape)
    implements Serializable {

  public TrainableTensor {
    shape = List.copyOf(shape);
  }

  /** Full name: module path, dot, tensor name. */
  public String name() {
    return module + "." + tensor;
  }

  /** Number of elements. */
  public int size() {
    return shape.stream().reduce(1, Math::multiplyExact);
  }
}
