package dev.rankwise.adapters.peft;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.RankAllocation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The fields that PEFT's AdaLoRA has beside those of LoRA. */
final class AllocationFields {
  /** Their names, but for {@code rank_pattern}, which LoRA has with another meaning. */
  static final Set<String> NAMES =
      Set.of(
          "beta1",
          "beta2",
          "deltaT",
          "init_r",
          "orth_reg_weight",
          "target_r",
          "tfinal",
          "tinit",
          "total_step");

  private static final String PATTERN = "rank_pattern";

  /** What PEFT writes after a module's path in {@code rank_pattern}. */
  private static final String DIAGONAL = ".lora_E";

  /** A rank that AdaLoRA does not read; PEFT warns if it is another. */
  private static final int UNREAD_RANK = 8;

  private AllocationFields() {}

  /** The rank of each module at the start. */
  static int initialRank(PeftFields fields) {
    return fields.integer("init_r", RankAllocation.USUAL_INITIAL_RANK);
  }

  static RankAllocation read(PeftFields fields) {
    RankAllocation usual = RankAllocation.usual();
    Map<String, List<Boolean>> live = new LinkedHashMap<>();
    fields
        .truthsByName(PATTERN)
        .forEach(
            (name, triplets) -> {
              if (!name.endsWith(DIAGONAL)) {
                throw fields.unsupported(PATTERN, "each name in it must end in " + DIAGONAL);
              }
              live.put(name.substring(0, name.length() - DIAGONAL.length()), triplets);
            });
    return new RankAllocation(
        fields.integer("target_r", usual.targetRank()),
        fields.integer("total_step", usual.totalSteps()),
        fields.integer("tinit", usual.initialSteps()),
        fields.integer("tfinal", usual.finalSteps()),
        fields.integer("deltaT", usual.interval()),
        fields.number("beta1", usual.sensitivitySmoothing()),
        fields.number("beta2", usual.uncertaintySmoothing()),
        fields.number("orth_reg_weight", usual.orthogonality()),
        live);
  }

  /** Writes the fields, those of LoRA that AdaLoRA has with another meaning among them. */
  static void print(ObjectNode json, AdapterSpec spec) {
    RankAllocation allocation = spec.allocation();
    json.put("r", UNREAD_RANK).put("init_r", spec.rank()).put("target_r", allocation.targetRank());
    json.put("total_step", allocation.totalSteps() == 0 ? null : allocation.totalSteps());
    json.put("tinit", allocation.initialSteps()).put("tfinal", allocation.finalSteps());
    json.put("deltaT", allocation.interval());
    json.put("beta1", allocation.sensitivitySmoothing());
    json.put("beta2", allocation.uncertaintySmoothing());
    json.put("orth_reg_weight", allocation.orthogonality());
    json.putNull(PATTERN);
    if (!allocation.live().isEmpty()) {
      ObjectNode pattern = json.putObject(PATTERN);
      allocation
          .live()
          .forEach((path, triplets) -> triplets.forEach(pattern.putArray(path + DIAGONAL)::add));
    }
  }
}
