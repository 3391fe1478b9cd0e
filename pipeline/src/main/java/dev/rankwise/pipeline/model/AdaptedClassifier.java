package dev.rankwise.pipeline.model;

import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ModuleMatcher.Strictness;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.ClusterException;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.network.Replica;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.source.BaseCache;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseReference;
import dev.rankwise.models.source.BaseSource;
import dev.rankwise.models.torch.NumericsProbe;
import dev.rankwise.pipeline.executor.MemoryWatch;
import dev.rankwise.pipeline.executor.ModelSource;
import dev.rankwise.pipeline.executor.ResidentModel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
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
    requireNumerics();
    Path cache = BaseCache.defaultRoot();
    BaseDirectory directory = new BaseSource(cache).resolve(base);
    ModelConfig config = ModelConfig.read(directory.config()).forClassification(labels);
    // Whoever made the source has judged its configuration; PEFT's may name what is not there.
    AdapterPlan plan = AdapterPlan.of(config, adapter, Strictness.AS_PEFT);
    return new ReplicaModel(Replica.open(directory, config, plan.attachment(), settings, cache));
  }

  private void requireNumerics() {
    if (numerics.isEmpty()) {
      return;
    }
    NumericsProbe here = NumericsProbe.ofThisJvm(settings.threads());
    if (!here.sha256().equals(numerics)) {
      throw new ClusterException(
          ("An executor on %s computes fixed kernels to other bits than the run began with (%s"
               + " here, %s there); use hosts of one kind, or pin all to their common level")
              .formatted(here.processor().description(), here.sha256(), numerics));
    }
    // An executor that joined after the run's beginning was not asked then.
    MemoryWatch.ofThisJvm().start();
  }
}
