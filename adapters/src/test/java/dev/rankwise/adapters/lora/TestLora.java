package dev.rankwise.adapters.lora;

import static org.assertj.core.api.Assertions.assertThat;
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
import dev.rankwise.models.torch.TensorScope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * LoRA's kernel in a whole encoder against an oracle in double that knows only {@code W₀ + s·B·A}:
 * groups whose projections have unlike ranks and scales, and one that is not adapted.
 */
final class TestLora {
  private static final double BATCH = 4;
  private static final ReplicaSettings SETTINGS =
      new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1);

  @TempDir Path folder;
  private int scopesBefore;

  @BeforeEach
  void countScopes() {
    scopesBefore = TensorScope.open();
  }

  @AfterEach
  void nothingLeaked() {
    assertThat(TensorScope.open()).as("open scopes").isEqualTo(scopesBefore);
  }

  /** Where adapters are put: unlike ranks, a bias of B and of the base, tables, rows of a table. */
  private enum Form {
    UNEVEN,
    BIASED,
    TABLES,
    ROWS
  }

  @ParameterizedTest
  @CsvSource({
    "bert, UNEVEN",
    "roberta, UNEVEN",
    "bert, BIASED",
    "roberta, TABLES",
    "bert, TABLES",
    "bert, ROWS"
  })
  void logitsEqualTheOracle(String modelType, Form form) throws IOException {
    RandomEncoder encoder = RandomEncoder.write(folder, modelType, 21);
    Adapter adapter = Specs.random(plan(encoder, form), 1);
    TokenBatch batch = encoder.batch(2);
    BertOracle oracle = oracle(encoder, adapter.plan(), wide(adapter.values()));
    try (Replica replica = open(encoder, adapter.plan().attachment());
        Parameters theta = replica.parameters(adapter.values())) {
      float[][] logits = replica.logits(theta, batch);
      oracle.requireLogits(batch, logits, 2e-5);
    }
  }

  @ParameterizedTest
  @CsvSource({"bert, UNEVEN", "roberta, UNEVEN", "roberta, BIASED", "bert, TABLES", "bert, ROWS"})
  void gradientsEqualCentralDifferences(String modelType, Form form) throws IOException {
    RandomEncoder encoder = RandomEncoder.write(folder, modelType, 22);
    Adapter adapter = Specs.random(plan(encoder, form), 2);
    TokenBatch batch = encoder.batch(3);
    float[] gradient;
    try (Replica replica = open(encoder, adapter.plan().attachment());
        Parameters theta = replica.parameters(adapter.values())) {
      gradient = gradient(replica, theta, batch);
    }
    double[] middle = wide(adapter.values());
    for (Parameter parameter : adapter.plan().layout().parameters()) {
      int size = parameter.tensor().size();
      for (int i = 0; i < size; i += Math.max(1, size / 5)) {
        int place = parameter.offset() + i;
        double expected = centralDifference(encoder, adapter.plan(), middle, place, batch) / BATCH;
        assertThat((double) gradient[place])
            .as("%s at %d", parameter.tensor().name(), i)
            .isCloseTo(expected, within(2e-5 + 1e-4 * Math.abs(expected)));
      }
    }
  }

  @Test
  void laterCallsAndOtherThreadsGiveTheSameBits() throws Exception {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 23);
    Adapter adapter = Specs.random(plan(encoder), 3);
    TokenBatch batch = encoder.batch(4);
    try (Replica replica = open(encoder, adapter.plan().attachment());
        Parameters theta = replica.parameters(adapter.values())) {
      List<float[]> gradients = new ArrayList<>();
      for (int call = 0; call < 10; call++) {
        gradients.add(gradient(replica, theta, batch));
      }
      ExecutorService other = Executors.newSingleThreadExecutor();
      try {
        assertThat(other.submit(() -> gradient(replica, theta, batch)).get())
            .containsExactly(gradients.get(0));
      } finally {
        other.shutdown();
      }
      assertThat(gradients.get(1)).containsExactly(gradients.get(0));
      assertThat(gradients.get(9)).containsExactly(gradients.get(0));
    }
  }

  @Test
  void aFreshAdapterChangesNothingAndMovesOnlyB() throws IOException {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 24);
    AdapterPlan plan = plan(encoder);
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
      float[] gradient = gradient(replica, theta, batch);
      for (Parameter parameter : plan.layout().parameters()) {
        float[] part = new Adapter(plan, gradient).values(parameter);
        switch (parameter.role()) {
          case FACTOR_A -> assertThat(part).as(parameter.tensor().name()).containsOnly(0f);
          case FACTOR_B, DIAGONAL, BIAS_OF_B, MAGNITUDE, STRETCH, ROUTER, KEPT, ROWS ->
              assertThat(largest(part)).as(parameter.tensor().name()).isGreaterThan(1e-7);
        }
      }
    }
  }

  @Property(tries = 100)
  void updateIsTheScaledProductOfTheFactors(
      @ForAll @IntRange(min = 1, max = 6) int in,
      @ForAll @IntRange(min = 1, max = 6) int out,
      @ForAll @IntRange(min = 1, max = 4) int rank,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] a = floats(random, rank * in);
    float[] b = floats(random, out * rank);
    ModuleShape shape = new ModuleShape("m", ModuleKind.LINEAR, in, out, false);
    MatchedModule module = new MatchedModule(shape, rank, 3, 1.5, false);
    Map<String, float[]> tensors = Map.of("lora_A.weight", a, "lora_B.weight", b);
    float[] merged = new float[out * in];
    new Lora().merge(module, tensors, merged, 0, out);
    double[] update = new double[in];
    for (int o = 0; o < out; o++) {
      new Lora().update(module, tensors, o, update);
      for (int i = 0; i < in; i++) {
        double expected = 0;
        for (int k = 0; k < rank; k++) {
          expected += 1.5 * b[o * rank + k] * a[k * in + i];
        }
        assertThat(update[i]).isCloseTo(expected, within(1e-6));
        assertThat((double) merged[o * in + i]).isEqualTo(update[i]);
      }
    }
  }

  private static float[] floats(SplittableRandom random, int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    return values;
  }

  private static AdapterPlan plan(RandomEncoder encoder) {
    return plan(encoder, Form.UNEVEN);
  }

  private static AdapterPlan plan(RandomEncoder encoder, Form form) {
    AdapterSpec spec = Specs.uneven(List.of());
    AdapterSpec formed =
        switch (form) {
          case UNEVEN -> spec;
          case BIASED -> spec.withBeside(new TrainedBeside(true, BaseBiases.ALL, Map.of()));
          case TABLES ->
              spec.withTargets(
                  ModuleChoice.of(
                      List.of("query", "value", "word_embeddings", "position_embeddings")));
          case ROWS ->
              spec.withBeside(
                  new TrainedBeside(
                      false, BaseBiases.NONE, Map.of(TrainedBeside.TOKEN_TABLE, List.of(9, 4, 5))));
        };
    return AdapterPlan.of(encoder.config(), formed);
  }

  private Replica open(RandomEncoder encoder, Attachment attachment) {
    return Replica.open(encoder.directory(), encoder.config(), attachment, SETTINGS, folder);
  }

  private static float[] gradient(Replica replica, Parameters theta, TokenBatch batch) {
    try (GradientPass pass = replica.gradientPass(theta)) {
      pass.add(batch, BATCH);
      return pass.finish().gradient();
    }
  }

  private static double centralDifference(
      RandomEncoder encoder, AdapterPlan plan, double[] middle, int place, TokenBatch batch) {
    double step = 1e-5;
    double[] moved = middle.clone();
    moved[place] = middle[place] + step;
    double above = oracle(encoder, plan, moved).loss(batch);
    moved[place] = middle[place] - step;
    return (above - oracle(encoder, plan, moved).loss(batch)) / (2 * step);
  }

  /** The base with {@code W₀ + s·B·A} in double, and with what else is trained in its place. */
  private static BertOracle oracle(RandomEncoder encoder, AdapterPlan plan, double[] theta) {
    Map<String, double[]> tensors = new LinkedHashMap<>(encoder.tensors());
    for (Parameter parameter : plan.layout().parameters()) {
      double[] values = new double[parameter.tensor().size()];
      System.arraycopy(theta, parameter.offset(), values, 0, values.length);
      String module = parameter.tensor().module();
      switch (parameter.role()) {
        case KEPT -> tensors.put(parameter.tensor().name(), values);
        case ROWS -> {
          double[] table = encoder.tensors().get(module + ".weight").clone();
          List<Integer> entries = plan.matched().rowsOf(module).orElseThrow().entries();
          int size = values.length / entries.size();
          for (int k = 0; k < entries.size(); k++) {
            System.arraycopy(values, k * size, table, entries.get(k) * size, size);
          }
          tensors.put(module + ".weight", table);
        }
        default -> {
          // Part of an adapted weight.
        }
      }
    }
    for (MatchedModule module : plan.matched().adapted()) {
      adapt(encoder, plan, theta, module, tensors);
    }
    return encoder.oracle(tensors);
  }

  private static void adapt(
      RandomEncoder encoder,
      AdapterPlan plan,
      double[] theta,
      MatchedModule module,
      Map<String, double[]> tensors) {
    String path = module.module().path();
    boolean table = module.module().kind() == ModuleKind.EMBEDDING;
    int a = plan.layout().offsetOf(path + (table ? ".lora_embedding_A" : ".lora_A.weight"));
    int b = plan.layout().offsetOf(path + (table ? ".lora_embedding_B" : ".lora_B.weight"));
    int in = module.module().inFeatures();
    int out = module.module().outFeatures();
    double[] weight = encoder.tensors().get(path + ".weight").clone();
    for (int place = 0; place < weight.length; place++) {
      int o = table ? place % out : place / in;
      int i = table ? place / out : place % in;
      for (int k = 0; k < module.rank(); k++) {
        weight[place] += module.scale() * theta[b + o * module.rank() + k] * theta[a + k * in + i];
      }
    }
    tensors.put(path + ".weight", weight);
    if (module.biasOfB()) {
      int c = plan.layout().offsetOf(path + ".lora_B.bias");
      double[] bias = tensors.get(path + ".bias").clone();
      for (int o = 0; o < bias.length; o++) {
        bias[o] += module.scale() * theta[c + o];
      }
      tensors.put(path + ".bias", bias);
    }
  }

  private static double[] wide(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  private static double largest(float[] values) {
    double largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }
}
