package dev.rankwise.adapters.dora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.adapters.Specs;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.plan.InitialParameters;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.spec.TrainedBeside;
import dev.rankwise.adapters.spec.TrainedBeside.BaseBiases;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModuleKind;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.format.TensorSpec;
import dev.rankwise.models.network.Attachment;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.BertOracle;
import dev.rankwise.models.network.GradientPass;
import dev.rankwise.models.network.Parameters;
import dev.rankwise.models.network.RandomDecoder;
import dev.rankwise.models.network.RandomEncoder;
import dev.rankwise.models.network.Replica;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.random.DropoutKey;
import dev.rankwise.models.source.BaseDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * DoRA in a whole encoder against an oracle in double that knows only {@code m/n ⊙ (W₀ + s·B·A)}.
 */
final class TestDora {
  private static final ReplicaSettings SETTINGS =
      new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1);
  private static final DropoutKey KEY = new DropoutKey(5, 2, 1);

  @TempDir Path folder;

  /** With rsLoRA the scale of B·A is α/√r, under the norm as in the sum. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "query | BY_RANK",
        "query,value,intermediate.dense | BY_RANK",
        "word_embeddings,key | BY_RANK",
        "query,intermediate.dense | BY_ROOT_OF_RANK"
      })
  void logitsAndGradientsAreThoseOfTheOracleWhoseNormsStandStill(
      String targets, AdapterSpec.Scaling scaling) throws IOException {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 41);
    AdapterSpec spec = plan(encoder, targets, 0).spec().withScaling(scaling);
    AdapterPlan plan = AdapterPlan.of(encoder.config(), spec);
    double scale = scaling == AdapterSpec.Scaling.BY_RANK ? 2 : 6 / Math.sqrt(3);
    assertThat(plan.matched().adapted()).allMatch(module -> module.scale() == scale);
    Adapter adapter = Specs.random(plan, 2);
    TokenBatch batch = encoder.batch(3);
    double[] theta = wide(adapter.values());
    double[] norms = theta.clone();
    try (Replica replica = open(encoder, plan.attachment());
        Parameters parameters = replica.parameters(adapter.values())) {
      float[][] logits = replica.logits(parameters, batch);
      BertOracle oracle = oracle(encoder, plan, theta, norms);
      oracle.requireLogits(batch, logits, 3e-5);
      float[] gradient = gradient(replica, parameters, batch);
      for (Parameter parameter : plan.layout().parameters()) {
        for (int i = 0; i < parameter.tensor().size(); i += 1 + parameter.tensor().size() / 4) {
          int place = parameter.offset() + i;
          double expected = difference(encoder, plan, theta, norms, place, batch);
          assertThat((double) gradient[place])
              .as("%s at %d", parameter.tensor().name(), i)
              .isCloseTo(expected, within(5e-5 + 2e-4 * Math.abs(expected)));
        }
      }
    }
  }

  @Test
  void laterCallsAndOtherThreadsGiveTheSameBits() throws Exception {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 42);
    AdapterPlan plan = plan(encoder, "query,value", 0);
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
  void aFreshAdapterChangesNothingToTheBit() throws IOException {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 43);
    AdapterPlan plan = plan(encoder, "query,value,intermediate.dense,word_embeddings", 0);
    TokenBatch batch = encoder.batch(5);
    float[] fresh;
    try (SafetensorsFile file = SafetensorsFile.open(encoder.directory().weights())) {
      fresh = InitialParameters.draw(9, plan, BaseWeights.of(file, plan.matched().tree()));
    }
    try (Replica base = open(encoder, Attachment.none());
        Parameters none = base.parameters(new float[0]);
        Replica replica = open(encoder, plan.attachment());
        Parameters theta = replica.parameters(fresh)) {
      assertThat(replica.logits(theta, batch)).isDeepEqualTo(base.logits(none, batch));
    }
  }

  /** Factored, the square of a norm a thousandth of W₀'s would be noise, or negative. */
  @Test
  void aRowThatAllButCancelsIsComputedDirectly() throws IOException {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 46);
    AdapterPlan plan = plan(encoder, "query", 0);
    float[] values = Specs.random(plan, 2).values();
    for (MatchedModule module : plan.matched().adapted()) {
      String path = module.module().path();
      double[] weight = encoder.tensors().get(path + ".weight");
      int a = plan.layout().offsetOf(path + ".lora_A.weight");
      int b = plan.layout().offsetOf(path + ".lora_B.weight");
      for (int i = 0; i < module.module().inFeatures(); i++) {
        values[a + i] = (float) (-0.999 * weight[i] / module.scale());
      }
      Arrays.fill(values, b, b + module.rank(), 0);
      values[b] = 1;
    }
    TokenBatch batch = encoder.batch(3);
    double[] theta = wide(values);
    try (Replica replica = open(encoder, plan.attachment());
        Parameters parameters = replica.parameters(values)) {
      float[][] logits = replica.logits(parameters, batch);
      double[] expected = oracle(encoder, plan, theta, theta).logits(batch, 0);
      for (int c = 0; c < expected.length; c++) {
        assertThat((double) logits[0][c]).isCloseTo(expected[c], within(2e-3));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"query", "word_embeddings"})
  void aRowOfZerosStaysAsItIs(String target) throws IOException {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 47);
    AdapterPlan plan = plan(encoder, target, 0);
    MatchedModule module = plan.matched().adapted().get(0);
    Path holed = Files.createDirectories(folder.resolve("holed"));
    Files.copy(encoder.directory().config(), holed.resolve("config.json"));
    float[] fresh;
    try (SafetensorsFile file = SafetensorsFile.open(encoder.directory().weights())) {
      List<StoredTensor> tensors = new ArrayList<>();
      for (TensorSpec tensor : file.tensors().values()) {
        float[] values = file.floats(tensor.name());
        if (tensor.name().equals(module.module().path() + ".weight")) {
          for (int place = 0; place < values.length; place++) {
            values[place] = output(module, place) == 1 ? 0 : values[place];
          }
        }
        tensors.add(StoredTensor.ofFloats(tensor.name(), tensor.shape(), values));
      }
      SafetensorsWriter.write(holed.resolve("model.safetensors"), Map.of(), tensors);
    }
    try (SafetensorsFile file = SafetensorsFile.open(holed.resolve("model.safetensors"))) {
      fresh = InitialParameters.draw(9, plan, BaseWeights.of(file, plan.matched().tree()));
    }
    int magnitude = plan.layout().offsetOf(module.module().path() + ".lora_magnitude_vector") + 1;
    assertThat(fresh[magnitude]).isZero();
    BaseDirectory directory = new BaseDirectory(holed, "holed");
    TokenBatch batch = encoder.batch(5);
    try (Replica replica =
            Replica.open(directory, encoder.config(), plan.attachment(), SETTINGS, folder);
        Parameters theta = replica.parameters(fresh)) {
      float[] gradient = gradient(replica, theta, batch);
      assertThat(gradient).doesNotContain(Float.NaN);
      assertThat(gradient[magnitude]).isZero();
      assertThat(gradient[magnitude + 1]).isNotZero();
      assertThat(replica.logits(theta, batch)[0]).doesNotContain(Float.NaN);
    }
  }

  /** Where W₀ + s·B·A is the negative of itself but for a rest, and where W₀ is zero. */
  @Test
  void rowsThatCancelOrAreZeroAreFinite() {
    AdapterSpec spec = AdapterSpec.of("dora").withRank(1, 1);
    MatchedModule module =
        new MatchedModule(new ModuleShape("m", ModuleKind.LINEAR, 2, 2, false), 1, 1, 1, false);
    float[] merged = {1, 2.5f, 0, 0};
    new Dora()
        .merge(
            module,
            Map.of(
                "lora_A.weight", new float[] {1, 2},
                "lora_B.weight", new float[] {-1, 0},
                "lora_magnitude_vector", new float[] {3, 5}),
            merged,
            0,
            2);
    assertThat(merged).containsExactly(0, 3, 0, 0);
    assertThat(spec.method()).isEqualTo(new Dora().name());
  }

  /** With g = 1 what is dropped of the frozen product has no part: DoRA is LoRA, mask and all. */
  @ParameterizedTest
  @ValueSource(strings = {"query", "query,value,intermediate.dense"})
  void unstretchedItDropsAsLoraDoes(String targets) throws IOException {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 44);
    AdapterPlan dora = plan(encoder, targets, 0.25);
    AdapterPlan lora = AdapterPlan.of(encoder.config(), dora.spec().withMethod("lora"));
    TokenBatch batch = encoder.batch(6);
    Adapter random = Specs.random(lora, 7);
    float[] values = new float[dora.layout().size()];
    for (Parameter parameter : lora.layout().parameters()) {
      System.arraycopy(
          random.values(parameter),
          0,
          values,
          dora.layout().offsetOf(parameter.tensor().name()),
          parameter.tensor().size());
    }
    setMagnitudesToNorms(encoder, dora, values);
    try (Replica one = open(encoder, dora.attachment());
        Replica other = open(encoder, lora.attachment());
        Parameters stretched = one.parameters(values);
        Parameters plain = other.parameters(random.values())) {
      assertThat(loss(one, stretched, batch)).isCloseTo(loss(other, plain, batch), within(1e-5));
      assertThat(loss(one, stretched, batch)).isEqualTo(loss(one, stretched, batch));
      for (Parameter parameter : dora.layout().parameters()) {
        if (parameter.role() == Parameter.Role.MAGNITUDE) {
          values[parameter.offset()] *= 2;
        }
      }
    }
    try (Replica one = open(encoder, dora.attachment());
        Parameters stretched = one.parameters(values);
        GradientPass pass = one.gradientPass(stretched)) {
      pass.add(batch, 1, KEY);
      assertThat(pass.finish().gradient()).doesNotContain(Float.NaN);
    }
  }

  @Test
  void aBiasOfBIsRefused() throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 45);
    AdapterSpec spec =
        AdapterSpec.of("dora").withBeside(new TrainedBeside(true, BaseBiases.NONE, Map.of()));
    assertThatThrownBy(() -> AdapterPlan.of(decoder.config(), spec))
        .isInstanceOf(UserInputException.class)
        .hasMessage("Invalid lora_bias: true (it cannot be combined with DoRA); set it to false");
  }

  private static void setMagnitudesToNorms(
      RandomEncoder encoder, AdapterPlan plan, float[] values) {
    double[] theta = wide(values);
    for (MatchedModule module : plan.matched().adapted()) {
      double[] norms = norms(direction(encoder, plan, theta, module), module);
      int offset = plan.layout().offsetOf(module.module().path() + ".lora_magnitude_vector");
      for (int o = 0; o < norms.length; o++) {
        values[offset + o] = (float) norms[o];
      }
    }
  }

  private static double loss(Replica replica, Parameters theta, TokenBatch batch) {
    try (GradientPass pass = replica.gradientPass(theta)) {
      pass.add(batch, 1, KEY);
      return pass.finish().lossSum();
    }
  }

  private static AdapterPlan plan(RandomEncoder encoder, String targets, double dropout) {
    AdapterSpec spec =
        AdapterSpec.of("dora")
            .withRank(3, 6)
            .withTargets(ModuleChoice.of(Arrays.asList(targets.split(","))))
            .withTaskType(AdapterSpec.CLASSIFICATION)
            .withDropout(dropout);
    return AdapterPlan.of(encoder.config(), spec);
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

  private static double difference(
      RandomEncoder encoder,
      AdapterPlan plan,
      double[] theta,
      double[] norms,
      int place,
      TokenBatch batch) {
    double[] moved = theta.clone();
    moved[place] = theta[place] + 1e-5;
    double above = oracle(encoder, plan, moved, norms).loss(batch);
    moved[place] = theta[place] - 1e-5;
    return (above - oracle(encoder, plan, moved, norms).loss(batch)) / 2e-5;
  }

  /**
   * The base with its weights adapted and its kept tensors in their places.
   *
   * @param still the parameters of which the norms are taken
   */
  private static BertOracle oracle(
      RandomEncoder encoder, AdapterPlan plan, double[] theta, double[] still) {
    Map<String, double[]> tensors = new LinkedHashMap<>(encoder.tensors());
    for (Parameter parameter : plan.layout().parameters()) {
      if (parameter.role() == Parameter.Role.KEPT) {
        int end = parameter.offset() + parameter.tensor().size();
        tensors.put(parameter.tensor().name(), Arrays.copyOfRange(theta, parameter.offset(), end));
      }
    }
    for (MatchedModule module : plan.matched().adapted()) {
      double[] norms = norms(direction(encoder, plan, still, module), module);
      double[] weight = direction(encoder, plan, theta, module);
      int m = plan.layout().offsetOf(module.module().path() + ".lora_magnitude_vector");
      for (int place = 0; place < weight.length; place++) {
        int o = output(module, place);
        weight[place] *= theta[m + o] / norms[o];
      }
      tensors.put(module.module().path() + ".weight", weight);
    }
    return encoder.oracle(tensors);
  }

  private static int output(MatchedModule module, int place) {
    return module.module().kind() == ModuleKind.EMBEDDING
        ? place % module.module().outFeatures()
        : place / module.module().inFeatures();
  }

  private static double[] norms(double[] direction, MatchedModule module) {
    double[] norms = new double[module.module().outFeatures()];
    for (int place = 0; place < direction.length; place++) {
      norms[output(module, place)] += direction[place] * direction[place];
    }
    return Arrays.stream(norms).map(Math::sqrt).toArray();
  }

  private static double[] direction(
      RandomEncoder encoder, AdapterPlan plan, double[] theta, MatchedModule module) {
    String path = module.module().path();
    boolean table = module.module().kind() == ModuleKind.EMBEDDING;
    int a = plan.layout().offsetOf(path + (table ? ".lora_embedding_A" : ".lora_A.weight"));
    int b = plan.layout().offsetOf(path + (table ? ".lora_embedding_B" : ".lora_B.weight"));
    int in = module.module().inFeatures();
    double[] weight = encoder.tensors().get(path + ".weight").clone();
    for (int place = 0; place < weight.length; place++) {
      int o = output(module, place);
      int i = table ? place / module.module().outFeatures() : place % in;
      for (int k = 0; k < module.rank(); k++) {
        weight[place] += module.scale() * theta[b + o * module.rank() + k] * theta[a + k * in + i];
      }
    }
    return weight;
  }

  private static double[] wide(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }
}
