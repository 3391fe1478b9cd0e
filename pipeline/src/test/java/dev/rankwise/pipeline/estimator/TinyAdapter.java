package dev.rankwise.pipeline.estimator;

import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.source.BaseCache;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseReference;
import dev.rankwise.models.source.BaseSource;
import java.util.List;
import java.util.Random;

/** A small adapter with random numbers on the real MiniLM: not trained, but not the base either. */
public final class TinyAdapter {
  /** Classes of the adapter. */
  public static final List<String> LABELS = List.of("animal", "food", "person");

  private TinyAdapter() {}

  /** The base's files. */
  public static BaseDirectory base() {
    return new BaseSource(BaseCache.defaultRoot()).resolve("minilm");
  }

  /** The base as executors hear of it. */
  public static BaseReference reference() {
    return new BaseReference("minilm", base().sha256());
  }

  /** What it adapts. */
  public static AdapterSpec spec() {
    return AdapterSpec.of("lora")
        .withRank(2, 4)
        .withTargets(ModuleChoice.of(List.of("query", "value")))
        .withModulesToSave(List.of("pooler"))
        .withTaskType(AdapterSpec.CLASSIFICATION);
  }

  /** The adapter of that seed. */
  public static Adapter of(long seed) {
    ModelConfig config = ModelConfig.read(base().config()).forClassification(LABELS);
    AdapterPlan plan = AdapterPlan.of(config, spec());
    float[] values = new float[plan.layout().size()];
    Random random = new Random(seed);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (0.1 * random.nextGaussian());
    }
    return new Adapter(plan, values);
  }
}
