package dev.rankwise.adapters.ia3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.adapters.Specs;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.plan.InitialParameters;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.AdapterSpec.Initialisation;
import dev.rankwise.adapters.spec.AdapterSpec.Scaling;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.spec.TrainedBeside;
import dev.rankwise.models.Golden;
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

/** IA³ against the same base in double, with its weights and biases multiplied. */
final class TestIa3 {
  private static final ReplicaSettings SETTINGS =
      new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1);

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"query", "key,value,output.dense", "query,key,value,intermediate.dense"})
  void logitsAndGradientsAreThoseOfTheMultipliedBase(String targets) throws IOException {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 41);
    AdapterPlan plan = plan(encoder.config(), targets);
    Adapter adapter = Specs.random(plan, 2);
    TokenBatch batch = encoder.batch(3);
    try (Replica replica = open(encoder, plan.attachment());
        Parameters parameters = replica.parameters(adapter.values())) {
      float[][] logits = replica.logits(parameters, batch);
      double[] theta = wide(adapter.values());
      BertOracle oracle = oracle(encoder, plan, theta);
      oracle.requireLogits(batch, logits, 3e-5);
      float[] gradient = gradient(replica, parameters, batch);
      for (Parameter parameter : plan.layout().parameters()) {
        for (int i = 0; i < parameter.tensor().size(); i += 1 + parameter.tensor().size() / 3) {
          double expected = difference(encoder, plan, theta, parameter.offset() + i, batch);
          assertThat((double) gradient[parameter.offset() + i])
              .as("%s at %s", parameter.tensor().name(), i)
              .isCloseTo(expected, within(5e-5 + 2e-4 * Math.abs(expected)));
        }
      }
    }
  }

  @Test
  void laterCallsAndOtherThreadsGiveTheSameBits() throws Exception {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 41);
    AdapterPlan plan = plan(encoder.config(), "key,value,output.dense");
    float[] theta = Specs.random(plan, 2).values();
    TokenBatch batch = encoder.batch(3);
    ExecutorService other = Executors.newSingleThreadExecutor();
    try (Replica replica = open(encoder, plan.attachment());
        Parameters parameters = replica.parameters(theta)) {
      float[] first = gradient(replica, parameters, batch);
      for (int call = 2; call <= 10; call++) {
        assertThat(gradient(replica, parameters, batch)).as("call %s", call).isEqualTo(first);
      }
      assertThat(other.submit(() -> gradient(replica, parameters, batch)).get()).isEqualTo(first);
    } finally {
      other.shutdown();
    }
  }

  @Test
  void aFreshAdapterChangesNothingToTheBit() throws IOException {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 41);
    AdapterPlan plan = plan(encoder.config(), "key,value,output.dense");
    TokenBatch batch = encoder.batch(3);
    try (SafetensorsFile file = SafetensorsFile.open(encoder.directory().weights());
        Replica adapted = open(encoder, plan.attachment());
        Replica bare = open(encoder, Attachment.none());
        Parameters none = bare.parameters(new float[0])) {
      BaseWeights weights = BaseWeights.of(file, plan.matched().tree());
      float[] fresh = InitialParameters.draw(1, plan, weights);
      for (Parameter parameter : plan.layout().parameters()) {
        if (parameter.role() == Parameter.Role.STRETCH) {
          assertThat(new Adapter(plan, fresh).values(parameter)).containsOnly(1);
        }
      }
      try (Parameters parameters = adapted.parameters(fresh)) {
        assertThat(adapted.logits(parameters, batch)).isEqualTo(bare.logits(none, batch));
      }
    }
  }

  @Test
  void whatItHasNotIsRefusedByName() {
    ModelConfig llama = ModelConfig.read(Golden.own("models/llama/config.json"));
    AdapterSpec spec = AdapterSpec.of("ia3");
    AdapterSpec asked =
        spec.withDropout(0.1)
            .withScaling(Scaling.BY_ROOT_OF_RANK)
            .withRankPattern(Map.of("k_proj", 2))
            .withAlphaPattern(Map.of("k_proj", 2.0))
            .withInitialisation(Initialisation.GAUSSIAN)
            .withBeside(new TrainedBeside(true, TrainedBeside.BaseBiases.NONE, Map.of()));
    assertThatThrownBy(() -> AdapterPlan.of(llama, asked))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Method \"ia3\" has no dropout, no rsLoRA, no ranks by pattern, no alphas by pattern, no"
                + " another start, no biases and rows; take them out of the settings");
    AdapterSpec table = spec.withTargets(ModuleChoice.of(List.of("embed_tokens")));
    assertThatThrownBy(() -> AdapterPlan.of(llama, table))
        .hasMessageContaining("Cannot compute IA3 on module model.embed_tokens of kind embedding");
    AdapterSpec shared =
        spec.withTargets(ModuleChoice.of(List.of("up_proj")))
            .withFurther(Map.of(Ia3.FEED_FORWARD, ModuleChoice.of(List.of("up_proj"))));
    AdapterPlan plan = AdapterPlan.of(llama, shared);
    assertThatThrownBy(
            () ->
                plan.attachment()
                    .product(
                        plan.matched().tree().modules().stream()
                            .filter(
                                module -> module.path().matches(".*layers.0.mlp.(gate|up)_proj"))
                            .toList()))
        .hasMessageContaining("Cannot multiply the input of")
        .hasMessageContaining("alone (2 modules read it)");
  }

  /** PEFT refuses such a file, and fills in the usual ones where none are named. */
  @Test
  void namedInputsAreAmongTheTargets() {
    ModelConfig llama = ModelConfig.read(Golden.own("models/llama/config.json"));
    AdapterSpec spec = AdapterSpec.of("ia3").withTargets(ModuleChoice.of(List.of("k_proj")));
    assertThat(AdapterPlan.of(llama, spec).method().peftChoices().get(Ia3.FEED_FORWARD))
        .isEqualTo(ModuleChoice.unset());
    AdapterSpec named =
        spec.withFurther(Map.of(Ia3.FEED_FORWARD, ModuleChoice.of(List.of("down_proj"))));
    assertThatThrownBy(() -> AdapterPlan.of(llama, named))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("each must be one of the targets [k_proj]");
  }

  @Test
  void anExpressionChoosesInputsToo() {
    ModelConfig llama = ModelConfig.read(Golden.own("models/llama/config.json"));
    AdapterSpec spec =
        AdapterSpec.of("ia3")
            .withTargets(ModuleChoice.of(List.of("o_proj", "down_proj")))
            .withFurther(Map.of(Ia3.FEED_FORWARD, ModuleChoice.of(".*down.*")));
    AdapterPlan plan = AdapterPlan.of(llama, spec);
    assertThat(plan.layout().parameters())
        .allMatch(
            parameter ->
                (parameter.tensor().shape().get(0) == 1)
                    == parameter.tensor().module().endsWith("down_proj"));
  }

  private static AdapterPlan plan(ModelConfig config, String targets) {
    return AdapterPlan.of(
        config,
        AdapterSpec.of("ia3")
            .withTargets(ModuleChoice.of(List.of(targets.split(","))))
            .withTaskType(AdapterSpec.CLASSIFICATION)
            .withModulesToSave(List.of()));
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

  /** The base with weights and biases multiplied and kept tensors in their places. */
  private static BertOracle oracle(RandomEncoder encoder, AdapterPlan plan, double[] theta) {
    Map<String, double[]> tensors = new LinkedHashMap<>(encoder.tensors());
    for (Parameter parameter : plan.layout().parameters()) {
      int end = parameter.offset() + parameter.tensor().size();
      double[] values = Arrays.copyOfRange(theta, parameter.offset(), end);
      String path = parameter.tensor().module();
      if (parameter.role() == Parameter.Role.KEPT) {
        tensors.put(parameter.tensor().name(), values);
        continue;
      }
      boolean input = parameter.tensor().shape().get(0) == 1;
      double[] weight = encoder.tensors().get(path + ".weight").clone();
      double[] bias = encoder.tensors().get(path + ".bias").clone();
      int in = weight.length / bias.length;
      for (int place = 0; place < weight.length; place++) {
        weight[place] *= values[input ? place % in : place / in];
      }
      for (int o = 0; o < bias.length && !input; o++) {
        bias[o] *= values[o];
      }
      tensors.put(path + ".weight", weight);
      tensors.put(path + ".bias", bias);
    }
    return encoder.oracle(tensors);
  }

  private static double[] wide(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  private static double difference(
      RandomEncoder encoder, AdapterPlan plan, double[] theta, int place, TokenBatch batch) {
    double[] moved = theta.clone();
    moved[place] = theta[place] + 1e-5;
    double above = oracle(encoder, plan, moved).loss(batch);
    moved[place] = theta[place] - 1e-5;
    return (above - oracle(encoder, plan, moved).loss(batch)) / 2e-5;
  }
}
