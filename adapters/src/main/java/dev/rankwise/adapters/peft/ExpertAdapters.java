package dev.rankwise.adapters.peft;

import dev.rankwise.adapters.moe.MoeLora;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ExpertMixture.Router;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.ModuleMatcher.Strictness;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.models.config.ModuleShape;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The experts of a mixture as ordinary LoRA or DoRA adapters, which PEFT loads: what the mixture
 * computes where its router gives one expert the whole weight.
 */
final class ExpertAdapters {
  private ExpertAdapters() {}

  /** One expert of a mixture, with what is trained beside the experts. */
  static Adapter of(Adapter mixture, int expert) {
    AdapterPlan whole = mixture.plan();
    AdapterPlan plan = AdapterPlan.of(whole.base(), spec(whole, expert), Strictness.AS_PEFT);
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

  /** How many experts the layer has that has most of them. */
  static int number(AdapterPlan plan) {
    return plan.method() instanceof MoeLora method
        ? plan.matched().adapted().stream()
            .mapToInt(matched -> method.experts(matched.module()))
            .max()
            .orElse(0)
        : 0;
  }

  /**
   * Where layers have unlike numbers of experts, an expert names the modules that have it. Behind
   * an embedding of the task α is divided by the rank of all experts.
   */
  private static AdapterSpec spec(AdapterPlan plan, int expert) {
    MoeLora method = (MoeLora) plan.method();
    AdapterSpec mixture = plan.spec();
    AdapterSpec single = mixture.withMethod(method.single().name());
    if (!mixture.mixture().byLayer().isEmpty()) {
      return single.withTargets(
          ModuleChoice.of(
              plan.matched().adapted().stream()
                  .map(MatchedModule::module)
                  .filter(module -> method.has(module, expert))
                  .map(ModuleShape::path)
                  .toList()));
    }
    if (mixture.mixture().router() != Router.TASK_EMBEDDING) {
      return single;
    }
    double experts = mixture.mixture().experts();
    Map<String, Double> alphas = new LinkedHashMap<>();
    mixture.alphaPattern().forEach((pattern, alpha) -> alphas.put(pattern, alpha / experts));
    return single.withRank(mixture.rank(), mixture.alpha() / experts).withAlphaPattern(alphas);
  }
}
