package dev.rankwise.adapters.peft;

import dev.rankwise.adapters.moe.MoeLora;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ExpertMixture.Router;
import dev.rankwise.adapters.spec.ModuleMatcher.Strictness;
import dev.rankwise.adapters.spec.Parameter;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The experts of a mixture as ordinary LoRA adapters, which PEFT loads: what the mixture computes
 * where its router gives one expert the whole weight.
 */
final class ExpertAdapters {
  private static final String LORA = "lora";

  private ExpertAdapters() {}

  /** One expert of a mixture, with what is trained beside the experts. */
  static Adapter of(Adapter mixture, int expert) {
    AdapterPlan whole = mixture.plan();
    AdapterPlan plan = AdapterPlan.of(whole.base(), spec(whole.spec()), Strictness.AS_PEFT);
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    String prefix = "experts." + expert + ".";
    for (Parameter parameter : whole.layout().parameters()) {
      String tensor = parameter.tensor().tensor();
      if (tensor.startsWith(prefix) || !tensor.startsWith("experts.")) {
        parameters.put(MoeLora.ofLora(parameter.tensor()).name(), parameter);
      }
    }
    float[] values = new float[plan.layout().size()];
    for (Parameter parameter : plan.layout().parameters()) {
      float[] part = mixture.values(parameters.get(parameter.tensor().name()));
      System.arraycopy(part, 0, values, parameter.offset(), part.length);
    }
    return new Adapter(plan, values, mixture.copies());
  }

  /** Behind an embedding of the task α is divided by the rank of all experts. */
  private static AdapterSpec spec(AdapterSpec mixture) {
    AdapterSpec lora = mixture.withMethod(LORA);
    if (mixture.mixture().router() != Router.TASK_EMBEDDING) {
      return lora;
    }
    double experts = mixture.mixture().experts();
    Map<String, Double> alphas = new LinkedHashMap<>();
    mixture.alphaPattern().forEach((pattern, alpha) -> alphas.put(pattern, alpha / experts));
    return lora.withRank(mixture.rank(), mixture.alpha() / experts).withAlphaPattern(alphas);
  }
}
