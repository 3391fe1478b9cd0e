package dev.rankwise.adapters.stack;

import dev.rankwise.adapters.lora.Lora;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.AdapterSpec.Initialisation;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.spec.TrainedBeside.BaseBiases;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleKind;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.failure.UserInputException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Two LoRA adapters as one, of which the first stands still:
 *
 * <pre>
 *   s₁·B₁·A₁ + s₂·B₂·A₂ = s·[(s₁/s)·B₁, (s₂/s)·B₂]·[A₁; A₂]
 * </pre>
 *
 * <p>with s = s₂ where the second adapts the module, else s₁. So a plain adapter of rank r₁ + r₂ is
 * trained, in which the first r₁ rows of A and columns of B do not move, and that is also what is
 * saved: both adapters, on the base as it is.
 *
 * <p>The first A keeps its bits. So does the first B where s₁/s is a power of two; elsewhere each
 * of its numbers is rounded once more to float32, by at most 2⁻²⁴ of itself. Another s would spare
 * that and change how the second is trained, whose step would no longer be that of its own scale.
 *
 * @param first the adapter that stands still
 */
public record StackedFactors(Adapter first) {

  /**
   * Takes an adapter to stand still.
   *
   * @throws UserInputException if it is more than two factors on linear modules
   */
  public StackedFactors {
    List<String> problems = new ArrayList<>();
    if (!(first.plan().method() instanceof Lora)) {
      problems.add(
          ("Cannot tune above an adapter of method %s (only the factors of lora go side by side);"
                  + " merge it into a base and tune on that")
              .formatted(first.plan().method().name()));
    }
    Set<String> others = new LinkedHashSet<>();
    for (Parameter parameter : first.plan().layout().parameters()) {
      Parameter.Role role = parameter.role();
      boolean factor = role == Parameter.Role.FACTOR_A || role == Parameter.Role.FACTOR_B;
      String module = parameter.tensor().module();
      boolean table = first.plan().matched().tree().module(module).kind() == ModuleKind.EMBEDDING;
      if (!factor || table) {
        others.add(module);
      }
    }
    if (!others.isEmpty() && problems.isEmpty()) {
      problems.add(
          ("Cannot tune above an adapter that trains more than two factors on %s (kept modules, biases"
                  + " and tables have no place beside others); merge it into a base and tune on that")
              .formatted(String.join(", ", others)));
    }
    if (!problems.isEmpty()) {
      throw new UserInputException(String.join("; ", problems));
    }
  }

  /**
   * Both adapters on a base.
   *
   * @param base the base with what stands on top of it
   * @param asked what the second adapter is to be
   * @throws UserInputException if that is no plain LoRA
   */
  public StackedPlans over(ModelConfig base, AdapterSpec asked) {
    requirePlain(asked);
    AdapterPlan second = AdapterPlan.of(base, asked);
    requireLinear(second);
    return new StackedPlans(first.plan(), second, AdapterPlan.of(base, both(second)));
  }

  private AdapterSpec both(AdapterPlan second) {
    AdapterSpec asked = second.spec();
    List<String> paths = new ArrayList<>();
    Map<String, Integer> ranks = new LinkedHashMap<>();
    Map<String, Double> alphas = new LinkedHashMap<>();
    second
        .matched()
        .tree()
        .modules()
        .forEach(
            module -> {
              int rank = rank(first.plan(), module.path()) + rank(second, module.path());
              if (rank > 0) {
                paths.add(module.path());
                ranks.put(module.path(), rank);
                alphas.put(module.path(), scale(second, module.path()) * rank);
              }
            });
    return new AdapterSpec(
        asked.method(),
        ranks.get(paths.get(0)),
        alphas.get(paths.get(0)),
        asked.dropout(),
        AdapterSpec.Scaling.BY_RANK,
        asked.initialisation(),
        ModuleChoice.of(paths),
        ModuleChoice.unset(),
        List.of(),
        List.of(),
        ranks,
        alphas,
        asked.modulesToSave(),
        asked.beside(),
        asked.taskType());
  }

  private static void requireLinear(AdapterPlan second) {
    String tables =
        second.matched().adapted().stream()
            .map(MatchedModule::module)
            .filter(module -> module.kind() == ModuleKind.EMBEDDING)
            .map(ModuleShape::path)
            .collect(Collectors.joining(", "));
    if (!tables.isEmpty()) {
      throw refused(
          "Cannot adapt %s above another adapter (only linear modules are)".formatted(tables));
    }
  }

  private static void requirePlain(AdapterSpec asked) {
    List<String> problems = new ArrayList<>();
    if (!asked.method().equals(new Lora().name())) {
      problems.add(
          "Cannot tune method \"%s\" above another adapter (only factors of \"lora\" go side by side)"
              .formatted(asked.method()));
    }
    if (asked.initialisation() == Initialisation.PISSA) {
      problems.add("Cannot start from principal factors above another adapter");
    }
    if (asked.dropout() > 0) {
      problems.add(
          "Cannot tune with dropout above another adapter (its input would be dropped too)");
    }
    if (asked.beside().biasOfB()) {
      problems.add("Cannot tune with lora_bias above another adapter");
    }
    if (asked.beside().biases() != BaseBiases.NONE) {
      problems.add("Cannot train biases of the base above another adapter");
    }
    if (!asked.beside().rows().isEmpty()) {
      problems.add("Cannot train rows of a table above another adapter");
    }
    if (!problems.isEmpty()) {
      throw refused(String.join("; ", problems));
    }
  }

  private static UserInputException refused(String problems) {
    return new UserInputException(
        problems + "; set it otherwise, or merge the other adapter into a base");
  }

  private static int rank(AdapterPlan plan, String path) {
    return plan.matched().at(path).map(MatchedModule::rank).orElse(0);
  }

  private double scale(AdapterPlan second, String path) {
    return second
        .matched()
        .at(path)
        .or(() -> first.plan().matched().at(path))
        .map(MatchedModule::scale)
        .orElseThrow();
  }

  /**
   * Where training starts.
   *
   * @param plan of what is trained
   * @param drawn what its parameters would start as otherwise; the first adapter's numbers are put
   *     into them
   * @return the indices of parameters that stand still
   */
  public BitSet start(AdapterPlan plan, float[] drawn) {
    BitSet still = new BitSet(drawn.length);
    for (Parameter parameter : plan.layout().parameters()) {
      Optional<Parameter> own = own(parameter);
      if (own.isPresent()) {
        MatchedModule module = plan.matched().at(parameter.tensor().module()).orElseThrow();
        float[] values = first.values(own.get());
        switch (parameter.role()) {
          case FACTOR_A -> {
            System.arraycopy(values, 0, drawn, parameter.offset(), values.length);
            still.set(parameter.offset(), parameter.offset() + values.length);
          }
          case FACTOR_B -> factorB(parameter, module, values, drawn, still);
          default -> {
            // The first adapter has factors alone.
          }
        }
      }
    }
    return still;
  }

  private Optional<Parameter> own(Parameter parameter) {
    return first.plan().layout().parameters().stream()
        .filter(it -> it.tensor().name().equals(parameter.tensor().name()))
        .findFirst();
  }

  /** The first columns of each row are the first adapter's, times its own scale over the shared. */
  private void factorB(
      Parameter parameter, MatchedModule module, float[] values, float[] drawn, BitSet still) {
    String path = module.module().path();
    MatchedModule own = first.plan().matched().at(path).orElseThrow();
    double factor = own.scale() / module.scale();
    for (int o = 0; o < module.module().outFeatures(); o++) {
      int row = parameter.offset() + o * module.rank();
      for (int k = 0; k < own.rank(); k++) {
        drawn[row + k] = (float) (factor * values[o * own.rank() + k]);
      }
      still.set(row, row + own.rank());
    }
  }
}
