package dev.rankwise.adapters;

import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.TrainedBeside;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Configurations and values that several tests need. */
public final class Specs {
  private Specs() {}

  /**
   * LoRA on a classifier with query and value of unlike ranks, the key left out, the products after
   * attention adapted, and pooler and head trained in full.
   */
  public static AdapterSpec uneven(List<String> kept) {
    return new AdapterSpec(
        "lora",
        3,
        6,
        0,
        AdapterSpec.Scaling.BY_RANK,
        AdapterSpec.Initialisation.KAIMING_UNIFORM,
        ModuleChoice.of(List.of("query", "value", "attention.output.dense", "intermediate.dense")),
        ModuleChoice.unset(),
        List.of(),
        List.of(),
        Map.of("query", 2, "layer\\.1\\.attention\\.self\\.value", 5),
        Map.of("value", 7.0),
        kept,
        TrainedBeside.nothing(),
        AdapterSpec.CLASSIFICATION);
  }

  /** Values in [−0.5, 0.5) for every parameter. */
  public static Adapter random(AdapterPlan plan, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[plan.layout().size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble(-0.5, 0.5);
    }
    return new Adapter(plan, values);
  }
}
