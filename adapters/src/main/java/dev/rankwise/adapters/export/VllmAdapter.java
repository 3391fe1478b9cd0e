package dev.rankwise.adapters.export;

import dev.rankwise.adapters.combine.Combination;
import dev.rankwise.adapters.combine.CombinationSettings;
import dev.rankwise.adapters.combine.CombinedAdapter;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.models.failure.UserInputException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * A LoRA adapter that vLLM computes as it was trained, from a folder in PEFT's form.
 *
 * <p>vLLM reads one rank and one alpha from the configuration and passes over patterns of both, so
 * an adapter with patterns becomes one whose modules have all the largest rank, filled with zeros,
 * and scale 1, with each module's own scale in its factor A.
 *
 * @param adapter what is served
 * @param maximumRank what {@code --max-lora-rank} must be: the least that vLLM takes which is large
 *     enough
 */
public record VllmAdapter(Adapter adapter, int maximumRank) {
  private static final List<Integer> MAXIMUM_RANKS = List.of(8, 16, 32, 64, 128, 256, 320, 512);
  private static final Set<String> FAMILIES =
      new TreeSet<>(Set.of("llama", "mistral", "qwen2", "qwen3", "phi3", "gemma2"));

  /**
   * Makes one.
   *
   * @throws UserInputException with all that vLLM does not compute
   */
  public static VllmAdapter of(Adapter adapter) {
    Servable.require(adapter.plan(), "vLLM", FAMILIES);
    int rank =
        adapter.plan().matched().adapted().stream()
            .mapToInt(MatchedModule::rank)
            .max()
            .orElseThrow();
    int maximum =
        MAXIMUM_RANKS.stream()
            .filter(allowed -> rank <= allowed)
            .findFirst()
            .orElseThrow(
                () ->
                    new UserInputException(
                        ("Cannot export the adapter for vLLM: rank %s is above the largest that it serves,"
                                + " 512; merge it, or make a smaller one by combine --how svd --rank 512")
                            .formatted(rank)));
    return new VllmAdapter(isPlain(adapter.plan().spec()) ? adapter : even(adapter), maximum);
  }

  /** Whether one rank and one alpha say all. */
  private static boolean isPlain(AdapterSpec spec) {
    return spec.rankPattern().isEmpty() && spec.alphaPattern().isEmpty();
  }

  /** Of one adapter, the factors side by side are its own. */
  private static Adapter even(Adapter adapter) {
    return CombinedAdapter.of(
        List.of(adapter), CombinationSettings.of(Combination.CAT, List.of(1.0)));
  }
}
