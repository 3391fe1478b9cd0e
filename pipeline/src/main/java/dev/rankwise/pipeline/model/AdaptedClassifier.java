package dev.rankwise.pipeline.model;

import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.source.BaseReference;
import java.util.List;

/**
 * A classifier of texts or of pictures on a frozen base with an adapter.
 *
 * @param base the base
 * @param labels names of the classes in class order
 * @param adapter what is trained beside the base
 * @param settings element types and threads
 * @param numerics the bits that fixed kernels must give where the model is opened
 */
public record AdaptedClassifier(
    BaseReference base,
    List<String> labels,
    AdapterSpec adapter,
    ReplicaSettings settings,
    RequiredBits numerics)
    implements AdaptedModel {

  public AdaptedClassifier {
    labels = List.copyOf(labels);
  }

  /** One that is applied, whatever the bits of the processor that opens it. */
  public AdaptedClassifier(
      BaseReference base, List<String> labels, AdapterSpec adapter, ReplicaSettings settings) {
    this(base, labels, adapter, settings, RequiredBits.any());
  }

  @Override
  public AdaptedClassifier withAdapter(AdapterSpec newAdapter) {
    return new AdaptedClassifier(base, labels, newAdapter, settings, numerics);
  }

  @Override
  public ModelConfig configured(ModelConfig base) {
    return base.forClassification(labels);
  }
}
