package dev.rankwise.adapters.adalora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.adapters.Specs;
import dev.rankwise.adapters.peft.AdapterCard;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.plan.InitialParameters;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.ModuleMatcher.Strictness;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.spec.RankAllocation;
import dev.rankwise.adapters.spec.TrainedBeside;
import dev.rankwise.adapters.spec.TrainedBeside.BaseBiases;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.network.Attachment;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.BertOracle;
import dev.rankwise.models.network.GradientPass;
import dev.rankwise.models.network.Parameters;
import dev.rankwise.models.network.RandomEncoder;
import dev.rankwise.models.network.Replica;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.random.DropoutKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** AdaLoRA in a whole encoder against an oracle in double that knows only {@code W₀ + s·P·Λ·Q}. */
final class TestAdaLora {
  private static final ReplicaSettings SETTINGS =
      new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1);
  private static final DropoutKey KEY = new DropoutKey(5, 2, 1);
  private static final String LAYER = "bert.encoder.layer.0.attention.self.";
  private static final List<Boolean> NONE = List.of(false, false, false);

  /** Uneven ranks, none at all of one projection, and none of a group of its own. */
  private static final Map<String, List<Boolean>> UNEVEN =
      Map.of(
          LAYER + "query",
          NONE,
          LAYER + "value",
          List.of(true, false, true),
          "bert.encoder.layer.1.intermediate.dense",
          NONE);

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"query", "query,value,intermediate.dense", "key,output.dense"})
  void logitsAndGradientsAreTheOracles(String targets) throws IOException {
    agrees(targets, Map.of());
  }

  @Test
  void modulesWithFewTripletsOrNoneAreTheOraclesToo() throws IOException {
    agrees("query,value,intermediate.dense", UNEVEN);
  }

  private void agrees(String targets, Map<String, List<Boolean>> live) throws IOException {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 41);
    AdapterPlan plan = plan(encoder, targets, live, 0);
    Adapter adapter = Specs.random(plan, 2);
    TokenBatch batch = encoder.batch(3);
    double[] theta = wide(adapter.values());
    try (Replica replica = open(encoder, plan.attachment());
        Parameters parameters = replica.parameters(adapter.values())) {
      float[][] logits = replica.logits(parameters, batch);
      BertOracle oracle = oracle(encoder, plan, theta);
      oracle.requireLogits(batch, logits, 3e-5);
      float[] gradient = gradient(replica, parameters, batch);
      for (Parameter parameter : plan.layout().parameters()) {
        for (int i = 0; i < parameter.tensor().size(); i += 1 + parameter.tensor().size() / 4) {
          int place = parameter.offset() + i;
          assertThat((double) gradient[place])
              .as("%s at %d", parameter.tensor().name(), i)
              .satisfies(found -> closeToDifference(found, encoder, plan, theta, place, batch));
        }
      }
    }
  }

  private static void closeToDifference(
      double found,
      RandomEncoder encoder,
      AdapterPlan plan,
      double[] theta,
      int place,
      TokenBatch batch) {
    double[] moved = theta.clone();
    moved[place] = theta[place] + 1e-5;
    double above = oracle(encoder, plan, moved).loss(batch);
    moved[place] = theta[place] - 1e-5;
    double expected = (above - oracle(encoder, plan, moved).loss(batch)) / 2e-5;
    assertThat(found).isCloseTo(expected, within(5e-5 + 2e-4 * Math.abs(expected)));
  }

  @Test
  void laterCallsAndOtherThreadsGiveTheSameBits() throws Exception {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 42);
    AdapterPlan plan = plan(encoder, "query,value", Map.of(), 0);
    TokenBatch batch = encoder.batch(4);
    try (Replica replica = open(encoder, plan.attachment());
        Parameters theta = replica.parameters(Specs.random(plan, 3).values())) {
      float[] first = gradient(replica, theta, batch);
      for (int call = 2; call <= 10; call++) {
        assertThat(gradient(replica, theta, batch)).containsExactly(first);
      }
      ExecutorService other = Executors.newSingleThreadExecutor();
      try {
        assertThat(other.submit(() -> gradient(replica, theta, batch)).get())
            .containsExactly(first);
      } finally {
        other.shutdown();
      }
    }
  }

  @Test
  void aFreshAdapterChangesNothing() throws IOException {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 43);
    AdapterPlan plan = plan(encoder, "query,value,intermediate.dense", Map.of(), 0);
    TokenBatch batch = encoder.batch(5);
    float[] fresh;
    try (SafetensorsFile file = SafetensorsFile.open(encoder.directory().weights())) {
      fresh = InitialParameters.draw(9, plan, BaseWeights.of(file, plan.matched().tree()));
    }
    for (Parameter parameter : plan.layout().parameters()) {
      float[] values = new Adapter(plan, fresh).values(parameter);
      switch (parameter.role()) {
        case FACTOR_A, FACTOR_B -> assertThat(deviation(values)).isCloseTo(0.02, within(0.006));
        case DIAGONAL -> assertThat(values).containsOnly(0);
        default -> assertThat(parameter.role()).isEqualTo(Parameter.Role.KEPT);
      }
    }
    try (Replica base = open(encoder, Attachment.none());
        Parameters none = base.parameters(new float[0]);
        Replica replica = open(encoder, plan.attachment());
        Parameters theta = replica.parameters(fresh)) {
      assertThat(replica.logits(theta, batch)).isDeepEqualTo(base.logits(none, batch));
    }
  }

  /** With the same key the same is dropped, and a share of a third makes another loss. */
  @Test
  void dropoutDropsByItsKey() throws IOException {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 44);
    TokenBatch batch = encoder.batch(6);
    AdapterPlan plan = plan(encoder, "query,value,intermediate.dense", UNEVEN, 0.25);
    float[] values = Specs.random(plan, 7).values();
    try (Replica replica = open(encoder, plan.attachment());
        Parameters theta = replica.parameters(values)) {
      double loss = loss(replica, theta, batch);
      assertThat(loss(replica, theta, batch)).isEqualTo(loss);
      try (GradientPass pass = replica.gradientPass(theta)) {
        pass.add(batch, 1);
        assertThat(pass.finish().lossSum()).isNotEqualTo(loss);
      }
    }
  }

  @Test
  void anAdapterWithoutTripletsComesBackFromItsFolder() throws IOException {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 45);
    AdapterPlan plan = plan(encoder, "query,value,intermediate.dense", UNEVEN, 0);
    Adapter adapter = Specs.random(plan, 4);
    Path saved = folder.resolve("saved");
    PeftDirectory.create(saved, adapter, AdapterCard.of("0", "some/base", "unknown"));

    Adapter read = PeftDirectory.read(saved, encoder.config(), "unknown");

    assertThat(read.values()).containsExactly(adapter.values());
    assertThat(read.plan().spec().allocation()).isEqualTo(plan.spec().allocation());
    assertThat(read.plan().matched().at(LAYER + "query").orElseThrow().rank()).isZero();
  }

  @Test
  void theScaleStaysThatOfTheRankAtTheStart() throws IOException {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 46);
    AdapterPlan plan = plan(encoder, "query,value", UNEVEN_SELF, 0);
    assertThat(plan.matched().at(LAYER + "value").orElseThrow().scale())
        .isCloseTo(6 / 3.00001, within(1e-6));
    assertThat(plan.matched().at(LAYER + "value").orElseThrow().rank()).isEqualTo(2);
    AdapterSpec byRank = plan.spec().withRank(3, 0);
    assertThat(AdapterPlan.of(encoder.config(), byRank).matched().adapted())
        .allSatisfy(module -> assertThat(module.alpha()).isEqualTo(module.rank()));
  }

  private static final Map<String, List<Boolean>> UNEVEN_SELF =
      Map.of(LAYER + "value", List.of(true, false, true));

  @Test
  void robertaHasTargetsOfItsOwn() throws IOException {
    RandomEncoder encoder = RandomEncoder.write(folder, "roberta", 47);
    AdapterSpec spec = AdapterSpec.of("adalora").withTaskType(AdapterSpec.CLASSIFICATION);
    assertThat(AdapterPlan.of(encoder.config(), spec).matched().adapted())
        .extracting(module -> module.module().path())
        .anyMatch(path -> path.endsWith("output.dense"))
        .anyMatch(path -> path.endsWith("self.key"));
  }

  @Test
  void whatSaysNothingHereIsRefusedButInFiles() throws IOException {
    ModelConfig bert = RandomEncoder.write(folder, "bert", 48).config();
    AdapterSpec spec =
        AdapterSpec.of("adalora").withBeside(new TrainedBeside(true, BaseBiases.NONE, Map.of()));
    assertThatThrownBy(() -> AdapterPlan.of(bert, spec))
        .isInstanceOf(UserInputException.class)
        .hasMessage("Invalid lora_bias: true (AdaLoRA's factors have no bias); leave it out");
    assertThat(AdapterPlan.of(bert, spec, Strictness.AS_PEFT).matched().adapted())
        .noneMatch(MatchedModule::biasOfB);
    AdapterSpec table =
        AdapterSpec.of("adalora").withTargets(ModuleChoice.of(List.of("word_embeddings")));
    assertThatThrownBy(() -> AdapterPlan.of(bert, table))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Cannot compute AdaLoRA on module bert.embeddings.word_embeddings");
  }

  @Test
  void aPatternThatDoesNotFitIsRefused() throws IOException {
    ModelConfig bert = RandomEncoder.write(folder, "bert", 49).config();
    assertThatThrownBy(() -> AdapterPlan.of(bert, spec("query", Map.of("value", NONE), 0)))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Invalid rank_pattern: it names module value, which is not adapted; take it out");
    AdapterSpec longer = spec("query", Map.of(LAYER + "query", List.of(true)), 0);
    assertThatThrownBy(() -> AdapterPlan.of(bert, longer))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Invalid rank_pattern: module %squery has 1 triplets in it where each has 3 at the start"
                    .formatted(LAYER)
                + " (init_r); use a sound copy");
  }

  private static AdapterPlan plan(
      RandomEncoder encoder, String targets, Map<String, List<Boolean>> live, double dropout) {
    return AdapterPlan.of(encoder.config(), spec(targets, live, dropout));
  }

  private static AdapterSpec spec(String targets, Map<String, List<Boolean>> live, double dropout) {
    return AdapterSpec.of("adalora")
        .withRank(3, 6)
        .withTargets(ModuleChoice.of(Arrays.asList(targets.split(","))))
        .withTaskType(AdapterSpec.CLASSIFICATION)
        .withAllocation(RankAllocation.usual().withLive(live))
        .withDropout(dropout);
  }

  private Replica open(RandomEncoder encoder, Attachment attachment) {
    return Replica.open(encoder.directory(), encoder.config(), attachment, SETTINGS, folder);
  }

  private static float[] gradient(Replica replica, Parameters theta, TokenBatch batch) {
    try (GradientPass pass = replica.gradientPass(theta)) {
      pass.add(batch, 1);
      return pass.finish().gradient();
    }
  }

  private static double loss(Replica replica, Parameters theta, TokenBatch batch) {
    try (GradientPass pass = replica.gradientPass(theta)) {
      pass.add(batch, 1, KEY);
      return pass.finish().lossSum();
    }
  }

  private static BertOracle oracle(RandomEncoder encoder, AdapterPlan plan, double[] theta) {
    Map<String, double[]> tensors = new LinkedHashMap<>(encoder.tensors());
    for (Parameter parameter : plan.layout().parameters()) {
      if (parameter.role() == Parameter.Role.KEPT) {
        int end = parameter.offset() + parameter.tensor().size();
        tensors.put(parameter.tensor().name(), Arrays.copyOfRange(theta, parameter.offset(), end));
      }
    }
    for (MatchedModule module : plan.matched().adapted()) {
      String path = module.module().path();
      tensors.put(path + ".weight", weight(encoder, plan, theta, module));
    }
    return encoder.oracle(tensors);
  }

  private static double[] weight(
      RandomEncoder encoder, AdapterPlan plan, double[] theta, MatchedModule module) {
    String path = module.module().path();
    int q = plan.layout().offsetOf(path + ".lora_A");
    int p = plan.layout().offsetOf(path + ".lora_B");
    int lambda = plan.layout().offsetOf(path + ".lora_E");
    int in = module.module().inFeatures();
    int rank = module.rank();
    double[] weight = encoder.tensors().get(path + ".weight").clone();
    for (int place = 0; place < weight.length; place++) {
      for (int k = 0; k < rank; k++) {
        double left = theta[p + place / in * rank + k] * theta[lambda + k];
        weight[place] += 6 / 3.00001 * left * theta[q + k * in + place % in];
      }
    }
    return weight;
  }

  private static double deviation(float[] values) {
    double squares = 0;
    for (float value : values) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares / values.length);
  }

  private static double[] wide(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }
}
