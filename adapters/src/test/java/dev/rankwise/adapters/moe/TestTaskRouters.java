package dev.rankwise.adapters.moe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.adapters.Specs;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.adapters.spec.ExpertMixture.Gates;
import dev.rankwise.adapters.spec.ExpertMixture.Router;
import dev.rankwise.adapters.spec.ExpertMixture.Scope;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.DecodingPass;
import dev.rankwise.models.network.Parameters;
import dev.rankwise.models.network.RandomDecoder;
import dev.rankwise.models.network.Replica;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.network.TokenBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What routers over tasks weigh experts with, and decoding token by token for one task. */
final class TestTaskRouters {
  private static final int TASKS = 3;
  private static final int EXPERTS = 4;
  private static final double TEMPERATURE = 0.7;

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(names = {"TASK", "TASK_EMBEDDING"})
  void aTasksWeightsAreThoseOfTheFormula(Router router) throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 91);
    AdapterPlan plan = plan(decoder, router);
    Adapter adapter = Specs.random(plan, 4);
    MatchedModule module = plan.matched().adapted().get(0);
    double[] theta = new double[adapter.values().length];
    for (int i = 0; i < theta.length; i++) {
      theta[i] = adapter.values()[i];
    }

    double[][] gates = ((MoeLora) plan.method()).taskGates(adapter.values(module));

    assertThat(gates).hasDimensions(TASKS, EXPERTS);
    for (int task = 0; task < TASKS; task++) {
      double[] expected =
          new ExpertsOracle(plan, theta, task).weights(module.module().path(), new double[0]);
      assertThat(gates[task]).containsExactly(expected, within(1e-12));
    }
    assertThat(gates[0]).isNotEqualTo(gates[1]);
  }

  @Test
  void aRouterOverTokensHasNoneByTask() throws IOException {
    AdapterPlan plan = plan(RandomDecoder.write(folder, "llama", 91), Router.TOKEN);
    assertThat(((MoeLora) plan.method()).taskGates(Map.of())).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"TASK", "TASK_EMBEDDING"})
  void decodingScoresAsTheWholeSequenceOfThatTask(Router router) throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 92);
    AdapterPlan plan = plan(decoder, router);
    List<int[]> prompts = List.of(new int[] {3, 1, 4}, new int[] {5, 9});
    try (Replica replica = open(decoder, plan);
        Parameters theta = replica.parameters(Specs.random(plan, 5).values());
        DecodingPass first = replica.decodingPass(theta, prompts, 0);
        DecodingPass last = replica.decodingPass(theta, prompts, 2)) {
      first.advance(new int[] {0, 1}, new int[] {7, 7});
      last.advance(new int[] {0, 1}, new int[] {7, 7});

      assertScores(last, whole(replica, theta, 2));
      assertThat(last.scores()[0]).isNotEqualTo(first.scores()[0]);
    }
  }

  @Test
  void decodingRefusesATaskThatIsNotKnownOrNotSaid() throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 93);
    AdapterPlan plan = plan(decoder, Router.TASK);
    List<int[]> prompts = List.of(new int[] {3, 1, 4});
    try (Replica replica = open(decoder, plan);
        Parameters theta = replica.parameters(Specs.random(plan, 5).values())) {
      assertThatThrownBy(() -> replica.decodingPass(theta, prompts, TASKS))
          .isInstanceOf(UserInputException.class)
          .hasMessageStartingWith("Unknown task id: 3 (the adapter routes by 3 tasks");
      assertThatThrownBy(() -> replica.decodingPass(theta, prompts))
          .isInstanceOf(UserInputException.class)
          .hasMessageStartingWith("Unknown task id: none");
    }
  }

  private static void assertScores(DecodingPass pass, float[][] expected) {
    float[][] scores = pass.scores();
    for (int row = 0; row < expected.length; row++) {
      assertThat(scores[row]).containsExactly(expected[row], within(1e-4f));
    }
  }

  /** Scores after the last token of the two texts, computed at once. */
  private static float[][] whole(Replica replica, Parameters theta, int task) {
    int[] ids = {3, 1, 4, 7, 5, 9, 7};
    TokenBatch batch =
        new TokenBatch(ids, new int[ids.length], new int[] {0, 4, 7}, new int[0])
            .withTasks(new int[] {task, task});
    return replica.logits(theta, batch, new int[] {3, 6});
  }

  private static Replica open(RandomDecoder decoder, AdapterPlan plan) {
    return Replica.open(
        decoder.directory(),
        decoder.config(),
        plan.attachment(),
        new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1),
        decoder.directory().directory().resolve("cache"));
  }

  /** Scores that are divided first would all be infinite. */
  @Test
  void theLargestWeightIsOneHoweverLowTheTemperature() {
    ExpertMixture mixture =
        new ExpertMixture(
            2,
            1,
            Router.TASK,
            Scope.MODULE,
            Gates.RENORMALISED,
            Double.MIN_VALUE,
            0,
            0,
            0,
            TASKS,
            5);

    double[][] gates =
        new MoeLora(mixture, List.of(), 0)
            .taskGates(Map.of("lora_router.task_logits", new float[] {3, 2, -3, -2, 1, 1}));

    assertThat(gates[0]).containsExactly(1, 0);
    assertThat(gates[1]).containsExactly(0, 1);
    assertThat(gates[2]).containsExactly(0.5, 0.5);
  }

  private static AdapterPlan plan(RandomDecoder decoder, Router router) {
    ExpertMixture mixture =
        new ExpertMixture(
            EXPERTS, 1, router, Scope.MODULE, Gates.RENORMALISED, TEMPERATURE, 0, 0, 0, TASKS, 5);
    return AdapterPlan.of(
        decoder.config(),
        AdapterSpec.of("moe-lora")
            .withRank(2, 4)
            .withTargets(ModuleChoice.of(List.of("q_proj", "down_proj")))
            .withTaskType(AdapterSpec.CAUSAL_LANGUAGE_MODEL)
            .withMixture(mixture));
  }
}
