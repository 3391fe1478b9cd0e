package dev.rankwise.adapters.plan;

import dev.rankwise.adapters.adalora.AdaLora;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.AdapterSpec.Initialisation;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.vora.Vora;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.TrainableTensor;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * An adapter that another one begins as: the first θ of the new run is the last θ of the earlier
 * one, number by number, so both must mean the same by their numbers.
 *
 * @param earlier the adapter to begin as
 */
public record ContinuedAdapter(Adapter earlier) {
  /** What trains other numbers than it saves, so that those do not say where training stood. */
  private static final Set<String> OTHERS_THAN_SAVED =
      Set.of(new AdaLora().name(), new Vora().name());

  /**
   * What is wrong with continuing an adapter of these settings, whatever the earlier one is; empty
   * for nothing.
   */
  public static Optional<String> problem(AdapterSpec spec) {
    boolean saved =
        AdapterMethods.named(spec.method()).peftType().isPresent()
            && !OTHERS_THAN_SAVED.contains(spec.method());
    if (!saved) {
      return Optional.of(
          "adapter.start and adapter.method %s contradict each other: its adapters do not hold what"
                  .formatted(spec.method())
              + " was trained, number by number; choose a method such as lora, or leave adapter.start"
              + " out");
    }
    return spec.initialisation() == Initialisation.PISSA
        ? Optional.of(
            "adapter.start and adapter.initialisation pissa contradict each other: both say how the"
                + " factors start; leave one of them out")
        : Optional.empty();
  }

  /**
   * Checks that modules are adapted alike. The rows do not matter to that.
   *
   * @param plan what is to be trained
   * @throws UserInputException if method, modules, ranks or scales differ
   */
  public void requireAdaptedLike(AdapterPlan plan) {
    requireSame("method", earlier.plan().method().name(), plan.method().name());
    List<MatchedModule> before = earlier.plan().matched().adapted();
    List<MatchedModule> now = plan.matched().adapted();
    for (int i = 0; i < Math.min(before.size(), now.size()); i++) {
      requireSame("modules", before.get(i).module().path(), now.get(i).module().path());
      String path = now.get(i).module().path();
      requireSame("rank of " + path, before.get(i).rank(), now.get(i).rank());
      requireSame("scale of " + path, before.get(i).scale(), now.get(i).scale());
    }
    requireSame("number of modules", before.size(), now.size());
  }

  /**
   * Its numbers in the order of a plan.
   *
   * @param plan what is to be trained
   * @return θ of the plan's layout, (parameters)
   * @throws UserInputException if the plan's tensors, or its classes, are not those of the adapter
   */
  public float[] parameters(AdapterPlan plan) {
    requireAdaptedLike(plan);
    requireSame("classes", earlier.plan().base().labels(), plan.base().labels());
    List<TrainableTensor> before = earlier.plan().layout().tensors();
    List<TrainableTensor> now = plan.layout().tensors();
    for (int i = 0; i < Math.min(before.size(), now.size()); i++) {
      requireSame("tensors", before.get(i).name(), now.get(i).name());
      requireSame("shape of " + now.get(i).name(), before.get(i).shape(), now.get(i).shape());
    }
    requireSame("number of tensors", before.size(), now.size());
    return earlier.values();
  }

  private static void requireSame(String what, Object before, Object now) {
    if (!before.equals(now)) {
      throw new UserInputException(
          ("Cannot begin as the adapter of adapter.start: its %s: %s, and this recipe's: %s (must be"
                  + " the same); give the recipe the earlier settings, or leave adapter.start out to"
                  + " begin from scratch")
              .formatted(what, before, now));
    }
  }
}
