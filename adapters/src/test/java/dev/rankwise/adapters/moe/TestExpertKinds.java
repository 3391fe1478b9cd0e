package dev.rankwise.adapters.moe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.adapters.Specs;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.plan.InitialParameters;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ExpertGroups;
import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.adapters.spec.ExpertMixture.Gates;
import dev.rankwise.adapters.spec.ExpertMixture.Kind;
import dev.rankwise.adapters.spec.ExpertMixture.Router;
import dev.rankwise.adapters.spec.ExpertMixture.Scope;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.network.Attachment;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.GradientPass;
import dev.rankwise.models.network.GroupSum;
import dev.rankwise.models.network.Parameters;
import dev.rankwise.models.network.RandomDecoder;
import dev.rankwise.models.network.Replica;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.network.ReplicaSettings.BlockActivations;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.random.DropoutKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * DoRA's experts, experts by layer, experts beside those of a feed-forward part and the balance
 * between groups, against the oracle in double.
 */
final class TestExpertKinds {
  private static final DropoutKey KEY = new DropoutKey(5, 2, 1);
  private static final String ALL = "q_proj,v_proj,gate_proj,up_proj,down_proj";
  private static final ExpertGroups GROUPS = new ExpertGroups(List.of(0, 1, 0), 0.25);

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "llama | q_proj,v_proj,down_proj | TOKEN | MODULE | RENORMALISED | 2 | DORA | ",
        "llama | q_proj,o_proj | TOKEN | MODULE | RAW | 2 | DORA | ",
        "gpt2 | c_attn,c_fc | TOKEN | MODULE | RAW | 4 | DORA | ",
        "llama | q_proj,up_proj | TASK | MODULE | RAW | 1 | DORA | ",
        "llama | v_proj,down_proj | TASK_EMBEDDING | MODULE | RAW | 1 | DORA | ",
        "llama | q_proj,gate_proj,up_proj,down_proj | TOKEN | BLOCK | RENORMALISED | 2 | DORA | ",
        "llama | gate_proj,up_proj | TOKEN | BLOCK | RENORMALISED | 3 | DORA | ",
        "gemma2 | gate_proj,down_proj | TOKEN | BLOCK | RAW | 2 | DORA | ",
        "gpt2 | c_attn,c_fc,mlp.c_proj | TOKEN | BLOCK | RENORMALISED | 2 | DORA | ",
        "llama | q_proj,down_proj | TOKEN | MODULE | RENORMALISED | 2 | LORA | 2;4",
        "llama | q_proj,gate_proj,down_proj | TOKEN | BLOCK | RENORMALISED | 2 | DORA | 3;2",
        "llama | q_proj,v_proj,gate_proj,down_proj | TOKEN | BLOCK_AND_MODULE | RENORMALISED | 2 |"
            + " LORA | ",
        "phi3 | qkv_proj,gate_up_proj,down_proj | TOKEN | BLOCK_AND_MODULE | RAW | 2 | DORA | 4;3"
      })
  void lossAndGradientsAreThoseOfTheOracle(
      String family,
      String targets,
      Router router,
      Scope scope,
      Gates gates,
      int k,
      Kind kind,
      String byLayer)
      throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, family, 61);
    ExpertMixture mixture = mixture(4, k, router, scope, gates).withKind(kind);
    if (byLayer != null) {
      mixture =
          mixture.withExpertsByLayer(
              Arrays.stream(byLayer.split(";")).map(Integer::valueOf).toList());
    }
    AdapterPlan plan = AdapterPlan.of(decoder.config(), spec(targets, mixture, 0));
    TokenBatch batch = ofTasks(decoder.batch(4, 5, 1, 3), 1, 1, 1);
    compare(decoder, plan, batch, router == Router.TOKEN ? 0 : 1);
  }

  @ParameterizedTest
  @CsvSource({"MODULE,LORA", "BLOCK,LORA", "BLOCK_AND_MODULE,DORA"})
  void groupsAreBalancedByTheTasksOfSequences(Scope scope, Kind kind) throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 62);
    ExpertMixture mixture =
        mixture(4, 4, Router.TOKEN, scope, Gates.RENORMALISED)
            .withKind(kind)
            .withGroups(GROUPS, List.of("a", "b", "c"));
    AdapterPlan plan =
        AdapterPlan.of(decoder.config(), spec("q_proj,gate_proj,down_proj", mixture, 0));
    compare(decoder, plan, ofTasks(decoder.batch(4, 5, 1, 3, 2), 0, 1, 2, 1), 0);
  }

  @Test
  void aRowOfNoTaskBelongsToNoGroup() throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 63);
    ExpertMixture mixture =
        mixture(4, 4, Router.TOKEN, Scope.MODULE, Gates.RENORMALISED)
            .withGroups(GROUPS, List.of("a", "b", "c"));
    AdapterPlan plan = AdapterPlan.of(decoder.config(), spec("q_proj", mixture, 0));
    float[] values = Specs.random(plan, 3).values();
    TokenBatch batch = decoder.batch(4);
    try (Replica replica = open(decoder, plan.attachment());
        Parameters theta = replica.parameters(values)) {
      GroupSum none = sum(replica, theta, batch);
      GroupSum known = sum(replica, theta, ofTasks(batch, 0, 1, 2, 1, 1));
      assertThat(none.lossSum()).isEqualTo(known.lossSum());
      assertThat(none.asides().get(0).terms()[0])
          .isNotEqualTo(known.asides().get(0).terms()[0])
          .isPositive();
      // All experts compute each token, so what is reported as load is what they weigh.
      float[] shares = known.asides().get(0).shares();
      assertThat(shares[1]).isNotEqualTo(0.25f).isEqualTo(shares[5]);
      assertThat(replica.logits(theta, batch))
          .isDeepEqualTo(replica.logits(theta, ofTasks(batch, 0, 1, 2, 1, 1)));
    }
  }

  private void compare(RandomDecoder decoder, AdapterPlan plan, TokenBatch batch, int task)
      throws IOException {
    Adapter adapter = Specs.random(plan, 3);
    double[] theta = wide(adapter.values());
    try (Replica replica = open(decoder, plan.attachment());
        Parameters parameters = replica.parameters(adapter.values())) {
      GroupSum sum = sum(replica, parameters, batch);
      ExpertsOracle.Norms norms = new ExpertsOracle.Norms(plan, theta, decoder.tensors());
      ExpertsOracle experts = new ExpertsOracle(plan, theta, norms, task);
      assertThat(sum.lossSum()).isCloseTo(decoder.oracle(experts).loss(batch), within(1e-3));
      if (!plan.spec().mixture().routesByTask()) {
        double[] weights =
            plan.attachment().asides().orElseThrow().weights().stream()
                .mapToDouble(Double::doubleValue)
                .toArray();
        float[] terms = sum.asides().get(0).terms();
        assertThat(weights[0] * terms[0] + weights[1] * terms[1])
            .isCloseTo(terms(experts, plan, batch), within(1e-5));
      }
      for (Parameter parameter : plan.layout().parameters()) {
        for (int i = 0; i < parameter.tensor().size(); i += 1 + parameter.tensor().size() / 2) {
          int place = parameter.offset() + i;
          double expected = difference(decoder, plan, theta, norms, place, batch, task);
          assertThat((double) sum.gradient()[place])
              .as("%s at %s", parameter.tensor().name(), i)
              .isCloseTo(expected, within(1e-4 + 5e-4 * Math.abs(expected)));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Scope.class)
  void aFreshMixtureOfDorasExpertsChangesNothing(Scope scope) throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 64);
    ExpertMixture mixture =
        mixture(4, 2, Router.TOKEN, scope, Gates.RENORMALISED).withKind(Kind.DORA);
    AdapterPlan plan = AdapterPlan.of(decoder.config(), spec(ALL, mixture, 0));
    TokenBatch batch = decoder.batch(4);
    float[] fresh;
    try (SafetensorsFile file = SafetensorsFile.open(decoder.directory().weights())) {
      fresh = InitialParameters.draw(9, plan, BaseWeights.of(file, plan.matched().tree()));
    }
    try (Replica base = open(decoder, Attachment.none());
        Parameters none = base.parameters(new float[0]);
        Replica replica = open(decoder, plan.attachment());
        Parameters theta = replica.parameters(fresh)) {
      float[][] expected = base.logits(none, batch);
      float[][] logits = replica.logits(theta, batch);
      for (int t = 0; t < logits.length; t++) {
        // The gates of a token sum to 1 up to rounding.
        assertThat(logits[t])
            .containsExactly(expected[t], within(scope == Scope.MODULE ? 0 : 1e-5f));
      }
    }
  }

  /** Of one expert the gate is 1: so dropout falls on what DoRA drops, too. */
  @ParameterizedTest
  @CsvSource({"MODULE,0", "MODULE,0.25", "BLOCK,0", "BLOCK,0.25"})
  void oneExpertOfDoraIsDora(Scope scope, double dropout) throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 65);
    ExpertMixture mixture =
        new ExpertMixture(1, 1, Router.TOKEN, scope, Gates.RENORMALISED, 1, 0.01, 0, 0, 1, 1)
            .withKind(Kind.DORA);
    AdapterPlan routed = AdapterPlan.of(decoder.config(), spec(ALL, mixture, dropout));
    AdapterPlan dora =
        AdapterPlan.of(decoder.config(), spec(ALL, mixture, dropout).withMethod("dora"));
    Adapter adapter = Specs.random(dora, 3);
    float[] values = Specs.random(routed, 4).values();
    for (Parameter parameter : dora.layout().parameters()) {
      System.arraycopy(
          adapter.values(parameter),
          0,
          values,
          place(routed, parameter),
          parameter.tensor().size());
    }
    TokenBatch batch = decoder.batch(4);
    try (Replica one = open(decoder, routed.attachment());
        Parameters ofOne = one.parameters(values);
        Replica other = open(decoder, dora.attachment());
        Parameters ofOther = other.parameters(adapter.values())) {
      GroupSum sum = drawn(one, ofOne, batch);
      GroupSum expected = drawn(other, ofOther, batch);
      assertThat(sum.lossSum()).isCloseTo(expected.lossSum(), within(1e-4));
      for (Parameter parameter : dora.layout().parameters()) {
        int size = parameter.tensor().size();
        int from = parameter.offset();
        int offset = place(routed, parameter);
        assertThat(Arrays.copyOfRange(sum.gradient(), offset, offset + size))
            .as(parameter.tensor().name())
            .containsExactly(
                Arrays.copyOfRange(expected.gradient(), from, from + size), within(1e-4f));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Scope.class)
  void laterCallsOtherThreadsAndBlocksComputedAgainGiveTheSameBits(Scope scope) throws Exception {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 66);
    ExpertMixture mixture =
        mixture(4, 2, Router.TOKEN, scope, Gates.RENORMALISED)
            .withKind(Kind.DORA)
            .withExpertsByLayer(List.of(2, 4));
    AdapterPlan plan = AdapterPlan.of(decoder.config(), spec(ALL, mixture, 0.2));
    TokenBatch batch = decoder.batch(4);
    float[] values = Specs.random(plan, 3).values();
    float[] kept = new float[0];
    for (BlockActivations activations : BlockActivations.values()) {
      try (Replica replica = open(decoder, plan.attachment(), BaseType.FLOAT32, activations);
          Parameters theta = replica.parameters(values)) {
        float[] first = drawn(replica, theta, batch).gradient();
        assertThat(first).doesNotContain(Float.NaN);
        kept = kept.length == 0 ? first : kept;
        assertThat(first).containsExactly(kept);
        for (int call = 2; call <= 10; call++) {
          assertThat(drawn(replica, theta, batch).gradient()).containsExactly(first);
        }
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
          assertThat(other.submit(() -> drawn(replica, theta, batch)).get().gradient())
              .containsExactly(first);
        } finally {
          other.shutdown();
        }
      }
    }
  }

  /** Rounded to bfloat16 the loss stays near; what is kept in float32 does not stand still. */
  @ParameterizedTest
  @EnumSource(Scope.class)
  void inBfloat16TheLossStaysNear(Scope scope) throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 67);
    ExpertMixture mixture =
        mixture(4, 4, Router.TOKEN, scope, Gates.RENORMALISED).withKind(Kind.DORA);
    AdapterPlan plan = AdapterPlan.of(decoder.config(), spec(ALL, mixture, 0));
    float[] values = Specs.random(plan, 3).values();
    TokenBatch batch = decoder.batch(4);
    try (Replica wide = open(decoder, plan.attachment());
        Parameters ofWide = wide.parameters(values);
        Replica narrow =
            open(decoder, plan.attachment(), BaseType.BFLOAT16, BlockActivations.KEPT);
        Parameters ofNarrow = narrow.parameters(values)) {
      GroupSum sum = sum(narrow, ofNarrow, batch);
      double loss = sum(wide, ofWide, batch).lossSum();
      assertThat(sum.lossSum()).isCloseTo(loss, within(0.05 * loss));
      for (Parameter parameter : plan.layout().parameters()) {
        if (parameter.tensor().tensor().endsWith("lora_magnitude_vector")) {
          int from = parameter.offset();
          assertThat(Arrays.copyOfRange(sum.gradient(), from, from + parameter.tensor().size()))
              .as(parameter.tensor().name())
              .isNotEqualTo(new float[parameter.tensor().size()]);
        }
      }
    }
  }

  @Test
  void layersHaveTheExpertsOfTheirStretch() throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 68);
    ExpertMixture mixture =
        mixture(4, 2, Router.TOKEN, Scope.BLOCK, Gates.RAW).withExpertsByLayer(List.of(2, 4));
    AdapterPlan plan = AdapterPlan.of(decoder.config(), spec(ALL, mixture, 0));
    List<String> names = plan.layout().parameters().stream().map(it -> it.tensor().name()).toList();
    assertThat(names)
        .contains(
            "model.layers.0.mlp.up_proj.experts.1.lora_B.weight",
            "model.layers.1.mlp.up_proj.experts.3.lora_B.weight",
            "model.layers.1.self_attn.q_proj.lora_A.weight")
        .doesNotContain("model.layers.0.mlp.up_proj.experts.2.lora_B.weight");
    assertThat(IntStream.of(0, 1).map(layer -> mixture.expertsOf(layer, 2))).containsExactly(2, 4);
    assertThat(IntStream.range(0, 6).map(layer -> mixture.expertsOf(layer, 6)))
        .containsExactly(2, 2, 2, 4, 4, 4);
    refused(
        decoder,
        mixture(2, 2, Router.TOKEN, Scope.BLOCK, Gates.RAW).withExpertsByLayer(List.of(2, 3, 4)),
        "Invalid experts_by_layer: [2, 3, 4] for the 2 layers of LlamaForCausalLM (they must be as"
            + " many equal stretches as there are numbers); give a number of numbers that divides"
            + " them");
  }

  @Test
  void whatDoesNotFitTogetherIsRefused() {
    ExpertMixture tokens = mixture(4, 2, Router.TOKEN, Scope.MODULE, Gates.RAW);
    assertThatThrownBy(() -> tokens.withExpertsByLayer(List.of(1, 4)))
        .isInstanceOf(UserInputException.class)
        .hasMessage("Invalid top_k: 2 of 1 experts (must be at least 1 and at most their number)");
    assertThatThrownBy(
            () ->
                mixture(4, 1, Router.TASK, Scope.MODULE, Gates.RAW)
                    .withExpertsByLayer(List.of(1, 4)))
        .hasMessage(
            "Invalid experts_by_layer: [1, 4] with router task (a task's gates weigh as many experts"
                + " in each layer); leave it out, or set router to token");
    assertThatThrownBy(() -> tokens.withGroups(GROUPS, List.of()))
        .hasMessage(
            "Invalid task_groups: [0, 1, 0] where 2 of 4 experts compute a token (groups are balanced"
                + " where all experts of a router compute each token); set top_k to the number of"
                + " experts, the same in all layers, or leave the groups out");
    assertThatThrownBy(
            () ->
                mixture(3, 3, Router.TOKEN, Scope.MODULE, Gates.RAW).withGroups(GROUPS, List.of()))
        .hasMessage(
            "Invalid task_groups: 2 groups for 3 experts (each group must have as many experts)");
    assertThatThrownBy(
            () ->
                mixture(4, 4, Router.TASK, Scope.MODULE, Gates.RAW)
                    .withGroups(new ExpertGroups(List.of(0, 2), 1), List.of()))
        .hasMessage(
            "Invalid task_groups: [0, 2] for 2 tasks (must be a number for each, from 0 on, of two"
                + " groups or more, none of them left out); Invalid group_preference: 1.0 (must be in"
                + " [0, 1)); Invalid task_groups: [0, 2] with router task (the balance between groups"
                + " is that of routers by token); leave them out, or set router to token");
  }

  private static void refused(RandomDecoder decoder, ExpertMixture mixture, String message) {
    assertThatThrownBy(() -> AdapterPlan.of(decoder.config(), spec(ALL, mixture, 0)))
        .isInstanceOf(UserInputException.class)
        .hasMessage(message);
  }

  /** Where a plain DoRA's tensor lies in a mixture of one expert. */
  private static int place(AdapterPlan plan, Parameter parameter) {
    String module = parameter.tensor().module();
    String of = "%s.experts.0.%s".formatted(module, parameter.tensor().tensor());
    return plan.layout().parameters().stream().anyMatch(it -> it.tensor().name().equals(of))
        ? plan.layout().offsetOf(of)
        : plan.layout().offsetOf(parameter.tensor().name());
  }

  private static TokenBatch ofTasks(TokenBatch batch, int... tasks) {
    return batch.withTasks(tasks);
  }

  private static ExpertMixture mixture(
      int experts, int k, Router router, Scope scope, Gates gates) {
    return new ExpertMixture(experts, k, router, scope, gates, 0.7, 0.3, 0.2, 0, 3, 5);
  }

  private static AdapterSpec spec(String targets, ExpertMixture mixture, double dropout) {
    return AdapterSpec.of("moe-lora")
        .withRank(3, 6)
        .withTargets(ModuleChoice.of(Arrays.asList(targets.split(","))))
        .withDropout(dropout)
        .withMixture(mixture);
  }

  private Replica open(RandomDecoder decoder, Attachment attachment) {
    return open(decoder, attachment, BaseType.FLOAT32, BlockActivations.KEPT);
  }

  private Replica open(
      RandomDecoder decoder, Attachment attachment, BaseType type, BlockActivations activations) {
    return Replica.open(
        decoder.directory(),
        decoder.config(),
        attachment,
        new ReplicaSettings(type, BaseType.FLOAT32, 1).with(activations),
        folder);
  }

  private static GroupSum sum(Replica replica, Parameters theta, TokenBatch batch) {
    try (GradientPass pass = replica.gradientPass(theta)) {
      pass.add(batch, 1);
      return pass.finish();
    }
  }

  private static GroupSum drawn(Replica replica, Parameters theta, TokenBatch batch) {
    try (GradientPass pass = replica.gradientPass(theta)) {
      pass.add(batch, 1, KEY);
      return pass.finish();
    }
  }

  private static double difference(
      RandomDecoder decoder,
      AdapterPlan plan,
      double[] theta,
      ExpertsOracle.Norms norms,
      int place,
      TokenBatch batch,
      int task) {
    double[] moved = theta.clone();
    moved[place] = theta[place] + 1e-5;
    double above = objective(decoder, plan, moved, norms, batch, task);
    moved[place] = theta[place] - 1e-5;
    return (above - objective(decoder, plan, moved, norms, batch, task)) / 2e-5;
  }

  private static double objective(
      RandomDecoder decoder,
      AdapterPlan plan,
      double[] theta,
      ExpertsOracle.Norms norms,
      TokenBatch batch,
      int task) {
    ExpertsOracle experts = new ExpertsOracle(plan, theta, norms, task);
    return decoder.oracle(experts).loss(batch) + terms(experts, plan, batch);
  }

  private static double terms(ExpertsOracle experts, AdapterPlan plan, TokenBatch batch) {
    ExpertGroups groups = plan.spec().mixture().groups();
    return groups.isEmpty()
        ? experts.terms()
        : experts.groupedTerms(
            batch.offsets(), Arrays.stream(batch.tasks()).map(groups.ofTasks()::get).toArray());
  }

  private static double[] wide(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
  }
}
