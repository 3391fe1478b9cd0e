package dev.rankwise.pipeline.model;

import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.source.BaseReference;
import dev.rankwise.pipeline.executor.ModelSource;
import dev.rankwise.pipeline.executor.ResidentModel;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A classifier on a frozen base with an adapter, as it travels to executors: names and numbers
 * only. Each executor finds the base's files on its own host and checks their hash.
 *
 * @param base the base
 * @param labels names of the classes in class order
 * @param adapter what is trained beside the base
 * @param settings element types and threads
 * @param numerics the bits that fixed kernels must give where the model is opened; empty for any
 */
public record AdaptedClassifier(
    BaseReference base,
    List<String> labels,
    AdapterSpec adapter,
    ReplicaSettings settings,
    String numerics)
    implements ModelSource {

  public AdaptedClassifier {
    labels = List.copyOf(labels);
  }

  @Override
  public String key() {
    return Sha256.ofBytes(toString().getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public ResidentModel open() {
    return ReplicaModel.open(
        base, config -> config.forClassification(labels), adapter, settings, numerics);
  }
}
