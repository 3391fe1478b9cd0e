package dev.rankwise.adapters.vora;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.spec.TrainedBeside;
import dev.rankwise.models.VoraCase;
import dev.rankwise.models.format.SafetensorsFile;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The adapter of a golden case of a decoder that learns to see. */
public final class VoraAdapter {
  private static final List<String> TARGETS =
      List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");

  private VoraAdapter() {}

  /** Its plan, with the first blocks compared with the teacher. */
  public static AdapterPlan plan(VoraCase golden, int distilled) {
    JsonNode facts = golden.facts();
    int rank = facts.get("r").intValue();
    AdapterSpec spec =
        new AdapterSpec(
            "vora",
            rank,
            rank * facts.get("scale").doubleValue(),
            0,
            AdapterSpec.Scaling.BY_RANK,
            AdapterSpec.Initialisation.KAIMING_UNIFORM,
            ModuleChoice.of(TARGETS),
            ModuleChoice.unset(),
            IntStream.range(0, golden.adapted()).boxed().toList(),
            List.of(),
            Map.of(),
            Map.of(),
            List.of(),
            TrainedBeside.nothing(),
            AdapterSpec.CAUSAL_LANGUAGE_MODEL);
    return AdapterPlan.of(golden.plain().seeing(golden.vision(distilled)), spec);
  }

  /** The stored numbers of a plan. */
  public static Adapter of(VoraCase golden, AdapterPlan plan) {
    float[] theta = new float[plan.layout().size()];
    try (SafetensorsFile weights = golden.weights()) {
      for (Parameter parameter : plan.layout().parameters()) {
        float[] values = weights.floats(parameter.tensor().name());
        System.arraycopy(values, 0, theta, parameter.offset(), values.length);
      }
    }
    return new Adapter(plan, theta);
  }
}
