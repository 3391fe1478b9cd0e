package dev.rankwise.jobs.stored;

import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModelTask;
import dev.rankwise.models.format.StagedDirectory;
import dev.rankwise.models.network.Attachment;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.Parameters;
import dev.rankwise.models.network.Replica;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.source.BaseCache;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** How far apart two forms of one model compute, on inputs drawn at random. */
final class LogitsProbe {
  private static final int LONGEST = 32;

  private LogitsProbe() {}

  /** A base alone on the inputs: logits, or where nothing stands on it its last states. */
  static float[][] outputs(BaseDirectory base, ModelConfig config, ReplicaSettings settings) {
    return outputs(base, config, Attachment.none(), new float[0], settings);
  }

  /**
   * A base with an adapter beside it on the inputs.
   *
   * @param theta the adapter's tensors
   */
  static float[][] outputs(
      BaseDirectory base,
      ModelConfig config,
      Attachment attachment,
      float[] theta,
      ReplicaSettings settings) {
    return outputs(base, config, attachment, theta, settings, BaseCache.defaultRoot());
  }

  /**
   * A model that has just been written, and is staged, on the inputs. What is mapped of it is
   * removed again, since it will have another name.
   */
  static float[][] outputsOfStaged(Path folder, ModelConfig config, BaseType type) {
    BaseDirectory written = new BaseSource(BaseCache.defaultRoot()).resolve(folder.toString());
    Path beside = folder.resolveSibling(folder.getFileName() + ".probe");
    try (StagedDirectory mapped = StagedDirectory.beside(beside)) {
      return outputs(
          written, config, Attachment.none(), new float[0], settings(type), mapped.path());
    }
  }

  private static float[][] outputs(
      BaseDirectory base,
      ModelConfig config,
      Attachment attachment,
      float[] theta,
      ReplicaSettings settings,
      Path cache) {
    try (Replica replica = Replica.open(base, config, attachment, settings, cache);
        Parameters parameters = replica.parameters(theta)) {
      int length = Math.min(LONGEST, config.maximumSequence());
      TokenBatch inputs = ProbeInputs.of(config, 1, length);
      if (config.task() == ModelTask.HIDDEN_STATES) {
        List<float[]> states = replica.states(parameters, inputs);
        return new float[][] {states.get(states.size() - 1)};
      }
      return replica.logits(parameters, inputs);
    }
  }

  /** In float32 with the threads of this machine. */
  static ReplicaSettings settings(BaseType type) {
    int threads = Runtime.getRuntime().availableProcessors();
    return new ReplicaSettings(type, BaseType.FLOAT32, threads);
  }

  /** How far two outputs lie apart, in words. */
  static String difference(float[][] one, float[][] other) {
    double most = 0;
    double largest = 0;
    for (int row = 0; row < one.length; row++) {
      for (int column = 0; column < one[row].length; column++) {
        most = Math.max(most, Math.abs(one[row][column] - (double) other[row][column]));
        largest = Math.max(largest, Math.abs(one[row][column]));
      }
    }
    return String.format(Locale.ROOT, "differ by at most %.2e (they reach %.2f)", most, largest);
  }
}
