package dev.rankwise.pipeline.model;

import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.source.BaseReference;
import dev.rankwise.pipeline.executor.ResidentModel;

/**
 * A decoder that learns to see beside a teacher: a frozen ViT that is opened with it, and looks at
 * the pictures of each micro-batch first.
 *
 * @param student the decoder, whose adapter says how many of its blocks are compared
 * @param teacher the ViT
 */
public record TaughtDecoder(AdaptedDecoder student, BaseReference teacher) implements AdaptedModel {

  @Override
  public BaseReference base() {
    return student.base();
  }

  @Override
  public AdapterSpec adapter() {
    return student.adapter();
  }

  @Override
  public TaughtDecoder withAdapter(AdapterSpec newAdapter) {
    return new TaughtDecoder(student.withAdapter(newAdapter), teacher);
  }

  @Override
  public ReplicaSettings settings() {
    return student.settings();
  }

  @Override
  public RequiredBits numerics() {
    return student.numerics();
  }

  @Override
  public ModelConfig configured(ModelConfig base) {
    return student.configured(base);
  }

  @Override
  public ResidentModel open() {
    return ReplicaModel.open(this, teacher);
  }
}
