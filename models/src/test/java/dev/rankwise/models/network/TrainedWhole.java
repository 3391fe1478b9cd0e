package dev.rankwise.models.network;

import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.config.ModuleTree;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Trains tensors of the base itself and replaces no product: so every gradient can be seen. */
record TrainedWhole(List<TrainableTensor> tensors) implements Attachment {

  /** All tensors of the base in the order of the module tree. */
  static TrainedWhole of(ModelConfig config) {
    List<TrainableTensor> all = new ArrayList<>();
    ModuleTree.of(config)
        .tensors()
        .forEach(
            (name, shape) -> {
              int dot = name.lastIndexOf('.');
              all.add(
                  new TrainableTensor(
                      name.substring(0, dot),
                      name.substring(dot + 1),
                      shape.stream().map(Math::toIntExact).toList()));
            });
    return new TrainedWhole(all);
  }

  @Override
  public Optional<AdaptedProduct> product(List<ModuleShape> group) {
    return Optional.empty();
  }

  /** The parameter vector that holds these values. */
  float[] theta(Map<String, double[]> values) {
    float[] theta = new float[tensors.stream().mapToInt(TrainableTensor::size).sum()];
    int offset = 0;
    for (TrainableTensor tensor : tensors) {
      for (double value : values.get(tensor.name())) {
        theta[offset++] = (float) value;
      }
    }
    return theta;
  }
}
