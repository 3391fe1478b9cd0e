package dev.rankwise.adapters.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.adapters.Specs;
import dev.rankwise.adapters.moe.MoeLora;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.adapters.spec.ExpertMixture.Gates;
import dev.rankwise.adapters.spec.ExpertMixture.Router;
import dev.rankwise.adapters.spec.ExpertMixture.Scope;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.models.network.RandomDecoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TestTaskGates {
  @TempDir Path folder;

  @Test
  void eachTaskHasTheWeightsOfEachRouterUnderItsName() throws IOException {
    Adapter adapter = adapter("moe-lora", Router.TASK);
    MoeLora method = (MoeLora) adapter.plan().method();

    TaskGates gates = TaskGates.of(adapter);

    assertThat(gates.byTask().keySet()).containsExactly("define", "name");
    List<String> routers = method.routers(adapter.plan().matched());
    assertThat(routers).hasSize(4);
    for (int task = 0; task < 2; task++) {
      String name = task == 0 ? "define" : "name";
      assertThat(gates.byTask().get(name).keySet()).containsExactlyElementsOf(routers);
      for (String router : routers) {
        double[][] own =
            method.taskGates(adapter.values(adapter.plan().matched().at(router).orElseThrow()));
        List<Double> weights = gates.byTask().get(name).get(router);
        assertThat(weights.stream().mapToDouble(it -> it)).containsExactly(boxed(own[task]));
        assertThat(weights.stream().mapToDouble(it -> it).sum()).isCloseTo(1, within(1e-12));
      }
    }
  }

  @Test
  void whatDoesNotGoByTasksHasNone() throws IOException {
    assertThat(TaskGates.of(adapter("moe-lora", Router.TOKEN)).byTask()).isEmpty();
    assertThat(TaskGates.of(adapter("lora", Router.TASK)).byTask()).isEmpty();
  }

  private static Double[] boxed(double[] values) {
    return Arrays.stream(values).boxed().toArray(Double[]::new);
  }

  private Adapter adapter(String method, Router router) throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 94);
    ExpertMixture mixture =
        new ExpertMixture(3, 1, router, Scope.MODULE, Gates.RAW, 1, 0, 0, 0, 2, 4)
            .withTaskNames(List.of("define", "name"));
    AdapterSpec spec =
        AdapterSpec.of(method)
            .withRank(2, 4)
            .withTargets(ModuleChoice.of(List.of("q_proj", "down_proj")))
            .withTaskType(AdapterSpec.CAUSAL_LANGUAGE_MODEL)
            .withMixture(mixture);
    return Specs.random(AdapterPlan.of(decoder.config(), spec), 6);
  }
}
