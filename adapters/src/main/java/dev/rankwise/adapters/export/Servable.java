package dev.rankwise.adapters.export;

import dev.rankwise.adapters.lora.Lora;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.models.config.ModelTask;
import dev.rankwise.models.failure.UserInputException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Whether a server of others can compute an adapter: two factors beside each linear module of a
 * causal decoder's blocks, and nothing else.
 */
final class Servable {
  private Servable() {}

  /**
   * Refuses what the server has no place for.
   *
   * @param server what people call it
   * @param families the {@code model_type} of bases that it serves with adapters
   * @throws UserInputException with all that stands in the way
   */
  static void require(AdapterPlan plan, String server, Set<String> families) {
    List<String> problems = new ArrayList<>();
    String type = plan.base().modelType();
    if (!families.contains(type)) {
      problems.add(
          "bases of family %s are not served with adapters (only %s); merge it and serve the merged base"
              .formatted(type, String.join(", ", families)));
    } else if (plan.base().task() != ModelTask.CAUSAL_LANGUAGE_MODEL) {
      problems.add(
          "%s does not predict tokens, and its head has no place; use apply, or merge it"
              .formatted(plan.base().architecture()));
    }
    if (!(plan.method() instanceof Lora)) {
      problems.add(
          "method %s is more than two factors beside a weight; merge it, or tune with method lora"
              .formatted(plan.method().name()));
    }
    Set<String> beside = new LinkedHashSet<>();
    for (Parameter parameter : plan.layout().parameters()) {
      switch (parameter.role()) {
        case KEPT, ROWS, BIAS_OF_B -> beside.add(parameter.tensor().name());
        case FACTOR_A, FACTOR_B, DIAGONAL, MAGNITUDE, STRETCH, ROUTER -> {
          // A factor, or the method was refused.
        }
      }
    }
    if (!beside.isEmpty()) {
      problems.add(
          "it trains %s beside its factors; merge it, or tune without biases, modules to save and token rows"
              .formatted(first(beside)));
    }
    Set<String> outside = new LinkedHashSet<>();
    for (MatchedModule module : plan.matched().adapted()) {
      boolean output = plan.matched().tree().isOutputEmbedding(module.module().path());
      if (!module.module().isLinear() || output) {
        outside.add(module.module().path());
      }
    }
    if (!outside.isEmpty()) {
      problems.add(
          "it adapts %s, which lie outside of the blocks; merge it, or leave them out of adapter.targets"
              .formatted(first(outside)));
    }
    if (!problems.isEmpty()) {
      throw new UserInputException(
          "Cannot export the adapter for %s: %s".formatted(server, String.join("; ", problems)));
    }
  }

  private static String first(Set<String> names) {
    List<String> all = List.copyOf(names);
    return all.size() < 3
        ? String.join(" and ", all)
        : "%s and %s more".formatted(all.get(0), all.size() - 1);
  }
}
