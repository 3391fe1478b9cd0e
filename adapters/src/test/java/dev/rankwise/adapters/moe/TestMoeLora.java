package dev.rankwise.adapters.moe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.adapters.Specs;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.plan.InitialParameters;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.adapters.spec.ExpertMixture.Gates;
import dev.rankwise.adapters.spec.ExpertMixture.Router;
import dev.rankwise.adapters.spec.ExpertMixture.Scope;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.spec.TrainedBeside;
import dev.rankwise.adapters.spec.TrainedBeside.BaseBiases;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.network.Attachment;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.DecoderOracle;
import dev.rankwise.models.network.GradientPass;
import dev.rankwise.models.network.GroupSum;
import dev.rankwise.models.network.Parameters;
import dev.rankwise.models.network.RandomDecoder;
import dev.rankwise.models.network.RandomEncoder;
import dev.rankwise.models.network.Replica;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.network.ReplicaSettings.BlockActivations;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.random.DropoutKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Mixtures in whole models, against an oracle in double that computes every expert by itself. */
final class TestMoeLora {
  private static final DropoutKey KEY = new DropoutKey(5, 2, 1);
  private static final String FEED_FORWARD = "gate_proj,up_proj,down_proj";

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "llama | q_proj,v_proj,down_proj | TOKEN | MODULE | RENORMALISED | 2",
        "llama | q_proj,o_proj | TOKEN | MODULE | RAW | 2",
        "qwen3 | k_proj,gate_proj | TOKEN | MODULE | RENORMALISED | 1",
        "gpt2 | c_attn,c_fc | TOKEN | MODULE | RAW | 4",
        "llama | q_proj,up_proj | TASK | MODULE | RAW | 1",
        "llama | v_proj,down_proj | TASK_EMBEDDING | MODULE | RAW | 1",
        "llama | q_proj,gate_proj,up_proj,down_proj | TOKEN | BLOCK | RENORMALISED | 2",
        "llama | gate_proj,up_proj | TOKEN | BLOCK | RENORMALISED | 3",
        "gemma2 | gate_proj,down_proj | TOKEN | BLOCK | RAW | 2",
        "phi3 | gate_up_proj,down_proj | TOKEN | BLOCK | RENORMALISED | 4",
        "gpt2 | c_attn,c_fc,mlp.c_proj | TOKEN | BLOCK | RENORMALISED | 2"
      })
  void lossAndGradientsAreThoseOfTheOracle(
      String family, String targets, Router router, Scope scope, Gates gates, int k)
      throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, family, 61);
    ExpertMixture mixture = mixture(4, k, router, scope, gates);
    AdapterPlan plan = AdapterPlan.of(decoder.config(), spec(targets, mixture, 0));
    Adapter adapter = Specs.random(plan, 3);
    int task = router == Router.TOKEN ? 0 : 1;
    TokenBatch plain = decoder.batch(4);
    int[] tasks = new int[plain.sequences()];
    Arrays.fill(tasks, task);
    TokenBatch batch = plain.withTasks(tasks);
    double[] theta = wide(adapter.values());
    try (Replica replica = open(decoder, plan.attachment());
        Parameters parameters = replica.parameters(adapter.values())) {
      GroupSum sum = sum(replica, parameters, batch);
      ExpertsOracle experts = new ExpertsOracle(plan, theta, task);
      double loss = decoder.oracle(experts).loss(batch);
      assertThat(sum.lossSum()).isCloseTo(loss, within(3e-4));
      if (router == Router.TOKEN) {
        double[] weights =
            plan.attachment().asides().orElseThrow().weights().stream()
                .mapToDouble(Double::doubleValue)
                .toArray();
        float[] terms = sum.asides().get(0).terms();
        assertThat(weights[0] * terms[0] + weights[1] * terms[1])
            .isCloseTo(experts.terms(), within(1e-6));
      }
      for (Parameter parameter : plan.layout().parameters()) {
        for (int i = 0; i < parameter.tensor().size(); i += 1 + parameter.tensor().size() / 3) {
          int place = parameter.offset() + i;
          double expected = difference(decoder, plan, theta, place, batch, task);
          assertThat((double) sum.gradient()[place])
              .as("%s at %s", parameter.tensor().name(), i)
              .isCloseTo(expected, within(5e-5 + 3e-4 * Math.abs(expected)));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Scope.class)
  void laterCallsOtherThreadsAndBlocksComputedAgainGiveTheSameBits(Scope scope) throws Exception {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 62);
    ExpertMixture mixture = mixture(4, 2, Router.TOKEN, scope, Gates.RENORMALISED);
    AdapterPlan plan =
        AdapterPlan.of(decoder.config(), spec("q_proj," + FEED_FORWARD, mixture, 0.2));
    TokenBatch batch = decoder.batch(4);
    float[] values = Specs.random(plan, 3).values();
    List<GroupSum> sums = new ArrayList<>();
    for (BlockActivations activations : BlockActivations.values()) {
      try (Replica replica = open(decoder, plan.attachment(), BaseType.FLOAT32, activations);
          Parameters theta = replica.parameters(values)) {
        GroupSum first = drawn(replica, theta, batch);
        sums.add(first);
        for (int call = 2; call <= 10; call++) {
          assertThat(drawn(replica, theta, batch).gradient()).containsExactly(first.gradient());
        }
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
          assertThat(other.submit(() -> drawn(replica, theta, batch)).get().gradient())
              .containsExactly(first.gradient());
        } finally {
          other.shutdown();
        }
      }
    }
    assertThat(sums.get(1).gradient()).containsExactly(sums.get(0).gradient());
    assertThat(sums.get(1).asides().get(0).shares())
        .containsExactly(sums.get(0).asides().get(0).shares());
  }

  /** Of one expert the gate is 1; gradients meet libraries' products in another layout. */
  @ParameterizedTest
  @ValueSource(doubles = {0, 0.25})
  void oneExpertIsLora(double dropout) throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 63);
    ExpertMixture mixture =
        new ExpertMixture(
            1, 1, Router.TOKEN, Scope.MODULE, Gates.RENORMALISED, 1, 0.01, 0, 0, 1, 1);
    String targets = "q_proj,v_proj,down_proj";
    AdapterPlan routed = AdapterPlan.of(decoder.config(), spec(targets, mixture, dropout));
    AdapterPlan lora =
        AdapterPlan.of(decoder.config(), spec(targets, mixture, dropout).withMethod("lora"));
    Adapter adapter = Specs.random(lora, 3);
    float[] values = Specs.random(routed, 4).values();
    for (Parameter parameter : lora.layout().parameters()) {
      int offset = place(routed, parameter);
      System.arraycopy(adapter.values(parameter), 0, values, offset, parameter.tensor().size());
    }
    TokenBatch batch = decoder.batch(4);
    try (Replica one = open(decoder, routed.attachment());
        Parameters ofOne = one.parameters(values);
        Replica other = open(decoder, lora.attachment());
        Parameters ofOther = other.parameters(adapter.values())) {
      GroupSum sum = drawn(one, ofOne, batch);
      GroupSum expected = drawn(other, ofOther, batch);
      assertThat(sum.lossSum()).isEqualTo(expected.lossSum());
      assertThat(one.logits(ofOne, batch)).isDeepEqualTo(other.logits(ofOther, batch));
      for (Parameter parameter : lora.layout().parameters()) {
        int from = parameter.offset();
        int offset = place(routed, parameter);
        assertThat(Arrays.copyOfRange(sum.gradient(), offset, offset + parameter.tensor().size()))
            .as(parameter.tensor().name())
            .containsExactly(
                Arrays.copyOfRange(expected.gradient(), from, from + parameter.tensor().size()),
                within(1e-5f));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Scope.class)
  void aFreshAdapterChangesNothing(Scope scope) throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 64);
    ExpertMixture mixture = mixture(4, 2, Router.TOKEN, scope, Gates.RENORMALISED);
    AdapterPlan plan = AdapterPlan.of(decoder.config(), spec(FEED_FORWARD, mixture, 0));
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
    float[] a =
        Arrays.copyOfRange(
            fresh,
            place(plan, "experts.0.lora_A.weight"),
            place(plan, "experts.0.lora_A.weight") + 3);
    assertThat(a).doesNotContain(0f);
    assertThat(fresh[place(plan, "experts.1.lora_A.weight")]).isNotEqualTo(a[0]);
    assertThat(fresh[place(plan, "lora_router.weight")]).isNotZero();
  }

  @ParameterizedTest
  @EnumSource(Scope.class)
  void inBfloat16RowsThatFillUpAreNoTokens(Scope scope) throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 65);
    ExpertMixture mixture = mixture(4, 2, Router.TOKEN, scope, Gates.RENORMALISED);
    AdapterPlan plan = AdapterPlan.of(decoder.config(), spec(FEED_FORWARD, mixture, 0));
    float[] values = Specs.random(plan, 3).values();
    TokenBatch batch = decoder.batch(4);
    try (Replica narrow =
            open(decoder, plan.attachment(), BaseType.BFLOAT16, BlockActivations.KEPT);
        Parameters theta = narrow.parameters(values)) {
      GroupSum sum = sum(narrow, theta, batch);
      float[] shares = sum.asides().get(0).shares();
      for (int router = 0; router < plan.method().routers(plan.matched()).size(); router++) {
        double load = 0;
        double probability = 0;
        for (int e = 0; e < 4; e++) {
          float share = shares[router * 10 + 1 + e] * 2 * batch.tokens();
          assertThat(share).isCloseTo(Math.round(share), within(1e-4f));
          load += shares[router * 10 + 1 + e];
          probability += shares[router * 10 + 5 + e];
        }
        assertThat(load).isCloseTo(1, within(1e-5));
        assertThat(probability).isCloseTo(1, within(1e-5));
        assertThat(shares[router * 10 + 9]).isBetween(0f, (float) Math.log(4));
      }
    }
  }

  @Test
  void anEncoderIsRoutedToo() throws IOException {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 66);
    ExpertMixture mixture = mixture(3, 3, Router.TOKEN, Scope.BLOCK, Gates.RENORMALISED);
    AdapterSpec spec =
        spec("query,intermediate.dense,layer.0.output.dense", mixture, 0)
            .withTaskType(AdapterSpec.CLASSIFICATION);
    AdapterPlan plan = AdapterPlan.of(encoder.config(), spec);
    try (Replica replica =
            Replica.open(
                encoder.directory(),
                encoder.config(),
                plan.attachment(),
                settings(BaseType.FLOAT32, BlockActivations.KEPT),
                folder);
        Parameters theta = replica.parameters(Specs.random(plan, 3).values())) {
      GroupSum sum = sum(replica, theta, encoder.batch(4));
      assertThat(sum.gradient()).doesNotContain(Float.NaN);
      // All three experts compute each token, so the shares of all are the same.
      assertThat(sum.asides().get(0).shares()[0]).isEqualTo(3);
      assertThat(sum.asides().get(0).shares()[1]).isCloseTo(1 / 3f, within(1e-6f));
      assertThat(plan.method().routers(plan.matched()))
          .containsExactly(
              "bert.encoder.layer.0.intermediate.dense", "bert.encoder.layer.1.intermediate.dense");
    }
  }

  @Test
  void aTermIsDividedByTheMicroBatchesOfTheStep() throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 67);
    ExpertMixture mixture = mixture(4, 2, Router.TOKEN, Scope.MODULE, Gates.RENORMALISED);
    AdapterPlan plan = AdapterPlan.of(decoder.config(), spec("q_proj", mixture, 0));
    int router = place(plan, "lora_router.weight");
    TokenBatch batch = decoder.batch(4);
    float[] values = Specs.random(plan, 3).values();
    List<Float> gradients = new ArrayList<>();
    for (double[] weights : new double[][] {{0.3, 1}, {0.3, 2}, {0, 1}}) {
      ExpertMixture weighed =
          new ExpertMixture(
              4, 2, Router.TOKEN, Scope.MODULE, Gates.RENORMALISED, 1, weights[0], 0, 0, 1, 1);
      AdapterPlan of = AdapterPlan.of(decoder.config(), spec("q_proj", weighed, 0));
      try (Replica replica = open(decoder, of.attachment());
          Parameters theta = replica.parameters(values);
          GradientPass pass = replica.gradientPass(theta)) {
        pass.add(batch, new GradientPass.Denominators(10, weights[1]), KEY);
        gradients.add(pass.finish().gradient()[router]);
      }
    }
    double whole = gradients.get(0) - gradients.get(2);
    double half = gradients.get(1) - gradients.get(2);
    assertThat(whole).isNotZero();
    assertThat(half).isCloseTo(whole / 2, within(1e-6 + 1e-4 * Math.abs(whole)));
  }

  @Test
  void jitterMovesTheRouterInTrainingAlone() throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 68);
    TokenBatch batch = decoder.batch(4);
    List<float[]> gradients = new ArrayList<>();
    List<float[][]> logits = new ArrayList<>();
    for (double jitter : new double[] {0, 0.1}) {
      ExpertMixture mixture =
          new ExpertMixture(
              4, 4, Router.TOKEN, Scope.BLOCK, Gates.RENORMALISED, 1, 0, 0, jitter, 1, 1);
      AdapterPlan plan = AdapterPlan.of(decoder.config(), spec(FEED_FORWARD, mixture, 0));
      try (Replica replica = open(decoder, plan.attachment());
          Parameters theta = replica.parameters(Specs.random(plan, 3).values())) {
        gradients.add(drawn(replica, theta, batch).gradient());
        assertThat(drawn(replica, theta, batch).gradient())
            .containsExactly(gradients.get(gradients.size() - 1));
        logits.add(replica.logits(theta, batch));
      }
    }
    assertThat(gradients.get(1)).isNotEqualTo(gradients.get(0));
    assertThat(logits.get(1)).isDeepEqualTo(logits.get(0));
  }

  @Test
  void whatCannotBeRoutedIsRefused() throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 69);
    ExpertMixture usual = ExpertMixture.usual();
    refused(
        decoder,
        spec("embed_tokens", usual, 0),
        "Cannot route experts on module model.embed_tokens of kind embedding (only linear modules of"
            + " blocks have them); take it out of the targets, or name it among the modules to save");
    refused(
        decoder,
        spec("lm_head", usual, 0),
        "Cannot route experts on module lm_head of kind linear (only linear modules of blocks have"
            + " them); take it out of the targets, or name it among the modules to save");
    ExpertMixture block = mixture(4, 2, Router.TOKEN, Scope.BLOCK, Gates.RAW);
    refused(
        decoder,
        spec("up_proj", block, 0),
        "Cannot route the feed-forward part of model.layers.0.mlp.up_proj: its router reads the"
            + " input of model.layers.0.mlp.gate_proj, which is no target; name that too, or set"
            + " router_scope to module");
    refused(
        decoder,
        spec("q_proj", block, 0),
        "Invalid router_scope: block (no target lies in a feed-forward part); name such modules, as"
            + " model.layers.0.mlp.gate_proj, or set it to module");
    refused(
        decoder,
        spec("q_proj", usual, 0).withBeside(new TrainedBeside(true, BaseBiases.NONE, Map.of())),
        "Invalid lora_bias: true (experts have no biases); set it to false");
  }

  @Test
  void anUnknownTaskIsRefused() throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 70);
    ExpertMixture mixture = mixture(4, 1, Router.TASK, Scope.MODULE, Gates.RAW);
    AdapterPlan plan = AdapterPlan.of(decoder.config(), spec("q_proj", mixture, 0));
    try (Replica replica = open(decoder, plan.attachment());
        Parameters theta = replica.parameters(Specs.random(plan, 3).values())) {
      TokenBatch batch = decoder.batch(4).withTasks(new int[] {0, 3, 0, 0, 0});
      assertThatThrownBy(() -> replica.logits(theta, batch))
          .isInstanceOf(UserInputException.class)
          .hasMessage(
              "Unknown task id: 3 (the adapter routes by 3 tasks, from 0 on); say one of them for"
                  + " each row");
      assertThatThrownBy(() -> replica.logits(theta, decoder.batch(4)))
          .hasMessageStartingWith("Unknown task id: none (the adapter routes by 3 tasks");
    }
    assertThatThrownBy(() -> decoder.batch(4).withTasks(new int[] {0, -1, 0, 0, 0}))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Invalid task ids: [0, -1, 0, 0, 0] for 5 sequences (each needs one, at least 0)");
  }

  private static void refused(RandomDecoder decoder, AdapterSpec spec, String message) {
    assertThatThrownBy(() -> AdapterPlan.of(decoder.config(), spec))
        .isInstanceOf(UserInputException.class)
        .hasMessage(message);
  }

  /** Where a plain LoRA's factor lies in a mixture of one expert. */
  private static int place(AdapterPlan plan, Parameter parameter) {
    return plan.layout()
        .offsetOf(parameter.tensor().module() + ".experts.0." + parameter.tensor().tensor());
  }

  /** Where the first tensor of that name lies. */
  private static int place(AdapterPlan plan, String tensor) {
    return plan.layout().parameters().stream()
        .filter(parameter -> parameter.tensor().tensor().equals(tensor))
        .mapToInt(Parameter::offset)
        .findFirst()
        .orElseThrow();
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
        decoder.directory(), decoder.config(), attachment, settings(type, activations), folder);
  }

  private static ReplicaSettings settings(BaseType type, BlockActivations activations) {
    return new ReplicaSettings(type, BaseType.FLOAT32, 1).with(activations);
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
      int place,
      TokenBatch batch,
      int task) {
    double[] moved = theta.clone();
    moved[place] = theta[place] + 1e-5;
    double above = objective(decoder, plan, moved, batch, task);
    moved[place] = theta[place] - 1e-5;
    return (above - objective(decoder, plan, moved, batch, task)) / 2e-5;
  }

  private static double objective(
      RandomDecoder decoder, AdapterPlan plan, double[] theta, TokenBatch batch, int task) {
    ExpertsOracle experts = new ExpertsOracle(plan, theta, task);
    DecoderOracle oracle = decoder.oracle(experts);
    return oracle.loss(batch) + experts.terms();
  }

  private static double[] wide(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }
}
