package dev.rankwise.adapters.adalora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.spec.RankAllocation;
import dev.rankwise.models.Golden;
import dev.rankwise.models.GoldenSupport;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.format.SafetensorsFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What PEFT's allocator computed in a run, step for step, and its orthogonality term. */
final class TestGoldenAllocation {
  private static final int UNMASKED = 255;

  /** A recorded run, and where its tensors lie in a flat parameter vector. */
  private record Trace(JsonNode told, SafetensorsFile values, AdapterPlan plan) {

    static Trace of(Path folder, SafetensorsFile values) {
      JsonNode told = Golden.json(folder.resolve("trace.json"));
      JsonNode settings = told.get("settings");
      List<String> targets = new ArrayList<>();
      settings.get("targets").forEach(target -> targets.add(target.textValue()));
      RankAllocation allocation =
          new RankAllocation(
              settings.get("target_r").intValue(),
              told.get("total_step").intValue(),
              settings.get("tinit").intValue(),
              settings.get("tfinal").intValue(),
              settings.get("deltaT").intValue(),
              settings.get("beta1").doubleValue(),
              settings.get("beta2").doubleValue(),
              settings.get("orth").doubleValue(),
              Map.of());
      AdapterSpec spec =
          AdapterSpec.of("adalora")
              .withRank(settings.get("init_r").intValue(), settings.get("lora_alpha").doubleValue())
              .withTargets(ModuleChoice.of(targets))
              .withAllocation(allocation);
      Path base = Golden.given("models").resolve(told.get("base").textValue());
      ModelConfig config = ModelConfig.read(base.resolve("config.json"));
      return new Trace(told, values, AdapterPlan.of(config, spec));
    }

    List<Triplets> modules() {
      return Triplets.of(plan.matched(), plan.layout());
    }

    RankAllocation allocation() {
      return plan.spec().allocation();
    }

    /** The flat vector of what was recorded under a name at one step. */
    float[] flat(String what, int step) {
      float[] flat = new float[plan.layout().size()];
      for (Parameter parameter : plan.layout().parameters()) {
        float[] all = values.floats(what + "." + parameter.tensor().name());
        int size = parameter.tensor().size();
        System.arraycopy(all, step * size, flat, parameter.offset(), size);
      }
      return flat;
    }

    /** One row of what was recorded of a module. */
    float[] row(String name, int step, int rank) {
      return Arrays.copyOfRange(values.floats(name), step * rank, (step + 1) * rank);
    }
  }

  @Test
  void everyStepIsPefts() {
    Path folder = Golden.file("adalora-trace/trace.json").getParent();
    try (SafetensorsFile values = SafetensorsFile.open(folder.resolve("trace.safetensors"))) {
      Trace trace = Trace.of(folder, values);
      List<Triplets> modules = trace.modules();
      int rank = trace.plan().spec().rank();
      BudgetSchedule schedule = BudgetSchedule.of(trace.allocation(), modules.size(), rank);
      assertThat(schedule.initial()).isEqualTo(trace.told().get("initial_budget").intValue());
      assertThat(schedule.target()).isEqualTo(trace.told().get("target_budget").intValue());
      RankAllocator allocator =
          new RankAllocator(modules, schedule, trace.allocation(), TieRule.ALL_AT_ONCE);
      Orthogonality orthogonality = new Orthogonality(modules);
      for (JsonNode step : trace.told().get("steps")) {
        int t = step.get("t").intValue();
        assertThat(schedule.budget(t)).as("step %s", t).isEqualTo(step.get("budget").intValue());
        float[] before = trace.flat("before", t);
        double term = orthogonality.add(before, 0, new float[before.length]);
        assertThat(term).isCloseTo(step.get("orthogonality").doubleValue(), within(1e-6));
        float[] theta = trace.flat("stepped", t);
        allocator.observe(t, theta, trace.flat("gradient", t));
        scoresAgree(trace, allocator, schedule, t);
        Optional<Decision> decision = allocator.decide(t, theta);
        masksAgree(trace, decision, theta, step);
      }
      Decision last = allocator.decisions().get(allocator.decisions().size() - 1);
      assertThat(last.kept()).isEqualTo(schedule.target());
      trace
          .told()
          .get("final_ranks")
          .properties()
          .forEach(
              entry ->
                  assertThat(last.ranks().get(entry.getKey().replace(".lora_E", "")))
                      .isEqualTo(entry.getValue().intValue()));
    }
  }

  /** The end of the run, cut to what is left, is the adapter that PEFT saved then. */
  @Test
  void whatIsLeftIsTheAdapterThatWasSaved() {
    Path folder = Golden.file("adalora-trace/trace.json").getParent();
    try (SafetensorsFile values = SafetensorsFile.open(folder.resolve("trace.safetensors"))) {
      Trace trace = Trace.of(folder, values);
      AdapterPlan all = trace.plan();
      int last = trace.told().get("total_step").intValue() - 1;
      float[] theta = trace.flat("stepped", last);
      for (Triplets module : trace.modules()) {
        float[] masked = trace.row("after." + module.path() + ".lora_E", last, module.rank());
        System.arraycopy(masked, 0, theta, module.lambda(), masked.length);
      }
      Adapter saved = PeftDirectory.read(folder.resolve("adapter"), all.base(), "unknown");
      LiveTriplets live =
          LiveTriplets.of(all.matched(), all.layout(), saved.plan().spec().allocation().live());

      assertThat(live.of(theta)).containsExactly(saved.values());
      assertThat(live.size()).isEqualTo(saved.plan().layout().size());
      assertThat(live.of(live.spread(saved.values()))).containsExactly(saved.values());
      assertThat(saved.plan().spec().allocation().withLive(Map.of())).isEqualTo(trace.allocation());
    }
  }

  private static void scoresAgree(
      Trace trace, RankAllocator allocator, BudgetSchedule schedule, int t) {
    if (schedule.phase(t) == BudgetSchedule.Phase.SCORING) {
      int size = trace.plan().layout().size();
      close(allocator.sensitivity(size), trace.flat("exp_avg_ipt", t), 1e-5);
      close(allocator.uncertainty(size), trace.flat("exp_avg_unc", t), 1e-4);
    }
    allocator
        .scores()
        .forEach(
            (path, scores) -> {
              float[] expected = trace.row("score." + path, t, scores.length);
              if (!Float.isNaN(expected[0])) {
                close(scores, expected, 1e-4);
              }
            });
  }

  private static void close(float[] found, float[] expected, double relative) {
    assertThat(found).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) found[i])
          .isCloseTo(expected[i], within(relative * Math.abs(expected[i]) + 1e-12));
    }
  }

  private static void masksAgree(
      Trace trace, Optional<Decision> decision, float[] theta, JsonNode step) {
    int t = step.get("t").intValue();
    boolean held = step.get("phase").textValue().equals("hold");
    assertThat(decision.isPresent()).isEqualTo(step.get("masked").booleanValue() && !held);
    decision.ifPresent(
        made ->
            assertThat((double) made.threshold())
                .isCloseTo(
                    step.get("threshold").doubleValue(),
                    within(1e-4 * step.get("threshold").doubleValue())));
    for (Triplets module : trace.modules()) {
      int rank = module.rank();
      float[] lambda = Arrays.copyOfRange(theta, module.lambda(), module.lambda() + rank);
      assertThat(lambda).containsExactly(trace.row("after." + module.path() + ".lora_E", t, rank));
      byte[] masks = new byte[rank];
      trace.values().bytes("mask." + module.path()).get(t * rank, masks);
      decision.ifPresent(
          made -> {
            for (int k = 0; k < rank; k++) {
              assertThat(made.live().get(module.path()).get(k)).isEqualTo(masks[k] == 1);
            }
          });
      assertThat((masks[0] & 0xFF) == UNMASKED).isEqualTo(!step.get("masked").booleanValue());
    }
  }

  @Test
  void theOrthogonalityTermIsPefts() {
    int compared = 0;
    for (Path folder : Golden.folders("adapters")) {
      if (GoldenSupport.adapterUnread(folder).isPresent()) {
        continue;
      }
      Path base = GoldenSupport.base(folder).resolve("config.json");
      Path cases = folder.resolve("cases.safetensors");
      try (SafetensorsFile values = SafetensorsFile.open(cases)) {
        if (Files.exists(base) && values.tensors().containsKey("orthogonality")) {
          termAgrees(PeftDirectory.read(folder, ModelConfig.read(base), "unknown"), values);
          compared++;
        }
      }
    }
    Golden.requireSome("adapters with an orthogonality term", compared, 2);
  }

  private static void termAgrees(Adapter adapter, SafetensorsFile values) {
    AdapterPlan plan = adapter.plan();
    float[] gradient = new float[plan.layout().size()];
    Orthogonality term = new Orthogonality(Triplets.of(plan.matched(), plan.layout()));
    assertThat(term.add(adapter.values(), 1, gradient))
        .isCloseTo(values.floats("orthogonality")[0], within(1e-5));
    for (Parameter parameter : plan.layout().parameters()) {
      String name = "orthogonality.grad." + PeftDirectory.nameOnDisk(plan, parameter.tensor());
      if (values.tensors().containsKey(name)) {
        int end = parameter.offset() + parameter.tensor().size();
        float[] found = Arrays.copyOfRange(gradient, parameter.offset(), end);
        float[] expected = values.floats(name);
        for (int i = 0; i < expected.length; i++) {
          assertThat((double) found[i])
              .as("%s at %d", name, i)
              .isCloseTo(expected[i], within(1e-6 + 1e-4 * Math.abs(expected[i])));
        }
      }
    }
  }
}
