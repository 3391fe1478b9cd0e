package dev.rankwise.pipeline.model;

import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.network.Attachment;
import dev.rankwise.models.network.Parameters;
import dev.rankwise.models.network.Replica;
import dev.rankwise.models.network.Replica.Frozen;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.quantized.BaseForm;
import dev.rankwise.models.source.BaseCache;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseReference;
import dev.rankwise.models.vision.ImagePatches;
import dev.rankwise.models.vision.PatchGrid;
import java.util.ArrayList;
import java.util.List;

/**
 * A frozen ViT whose features the blocks of a decoder are compared with: that of a patch for the
 * input of block j is the output of its own block j there. The class token's are left out.
 *
 * <p>Its weights are mapped from a file that all processes of a host share, as a base's are.
 */
final class Teacher implements AutoCloseable {
  private final Replica replica;
  private final Parameters nothing;
  private final int blocks;

  private Teacher(Replica replica, Parameters nothing, int blocks) {
    this.replica = replica;
    this.nothing = nothing;
    this.blocks = blocks;
  }

  /**
   * Opens it on this host, which must have its files or be able to fetch them.
   *
   * @param blocks how many blocks are compared
   * @param settings those of the decoder; the teacher's weights are never in four bits
   */
  static Teacher open(BaseReference teacher, int blocks, ReplicaSettings settings) {
    BaseDirectory directory = SparkBases.source().resolve(teacher);
    ModelConfig config = ModelConfig.read(directory.config());
    Replica replica =
        Replica.open(
            directory,
            config,
            Attachment.none(),
            settings.with(BaseForm.DENSE),
            BaseCache.defaultRoot());
    try {
      return new Teacher(replica, replica.parameters(new float[0]), blocks);
    } catch (RuntimeException e) {
      replica.close();
      throw e;
    }
  }

  /** The same micro-batch with what the teacher makes of its pictures, without gradient. */
  TokenBatch taught(TokenBatch batch) {
    ImagePatches images = batch.images();
    if (images.patches() == 0) {
      return batch;
    }
    List<float[]> states = replica.states(nothing, TokenBatch.ofPatches(images, new int[0]));
    List<float[]> features = new ArrayList<>();
    for (int block = 0; block < blocks; block++) {
      features.add(ofPatches(states.get(block + 1), images));
    }
    return batch.with(images.taught(features));
  }

  private float[] ofPatches(float[] states, ImagePatches images) {
    int width = replica.config().hiddenSize();
    float[] features = new float[images.patches() * width];
    int patch = 0;
    int token = 0;
    for (PatchGrid grid : images.grids()) {
      int count = grid.patches() * width;
      System.arraycopy(states, (token + 1) * width, features, patch * width, count);
      patch += grid.patches();
      token += grid.patches() + 1;
    }
    return features;
  }

  Frozen frozen() {
    return replica.frozen();
  }

  @Override
  public void close() {
    nothing.close();
    replica.close();
  }
}
