package dev.rankwise.adapters.lora;

import dev.rankwise.adapters.spec.AdapterMethod;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.spec.TensorStream;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.network.AdaptedProduct;
import dev.rankwise.models.network.TrainableTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** LoRA. */
public record Lora() implements AdapterMethod {
  private static final String A = "lora_A.weight";
  private static final String B = "lora_B.weight";

  @Override
  public String name() {
    return "lora";
  }

  @Override
  public List<TrainableTensor> tensors(MatchedModule module) {
    ModuleShape shape = module.module();
    return List.of(
        new TrainableTensor(shape.path(), A, List.of(module.rank(), shape.inFeatures())),
        new TrainableTensor(shape.path(), B, List.of(shape.outFeatures(), module.rank())));
  }

  @Override
  public Parameter.Role role(TrainableTensor tensor) {
    return tensor.tensor().equals(A) ? Parameter.Role.FACTOR_A : Parameter.Role.FACTOR_B;
  }

  @Override
  public float[] initial(
      MatchedModule module,
      TrainableTensor tensor,
      AdapterSpec.Initialisation initialisation,
      TensorStream stream) {
    if (tensor.tensor().equals(B)) {
      return new float[tensor.size()];
    }
    return stream.uniform(tensor.size(), 1 / Math.sqrt(module.module().inFeatures()));
  }

  @Override
  public AdaptedProduct product(List<ModuleShape> group, Map<String, MatchedModule> adapted) {
    List<TrainableTensor> read = new ArrayList<>();
    List<String> a = new ArrayList<>();
    List<String> b = new ArrayList<>();
    for (ModuleShape module : group) {
      MatchedModule matched = adapted.get(module.path());
      if (matched == null) {
        b.add("torch.empty([%d, 0], dtype=6)".formatted(module.outFeatures()));
        continue;
      }
      for (TrainableTensor tensor : tensors(matched)) {
        String place = "${t%d}".formatted(read.size());
        read.add(tensor);
        if (tensor.tensor().equals(A)) {
          a.add(place);
        } else {
          b.add("torch.mul(%s, %s)".formatted(place, matched.scale()));
        }
      }
    }
    return new AdaptedProduct(
        "kernels/linear/lora.torchscript",
        Map.of("factors_a", String.join(", ", a), "factors_b", String.join(", ", b)),
        read);
  }

  @Override
  public float[] update(MatchedModule module, Map<String, float[]> tensors) {
    throw new IllegalStateException();
  }
}
