package dev.rankwise.adapters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.RankAllocation;
import dev.rankwise.adapters.spec.TrainedBeside;
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
import dev.rankwise.models.torch.FloatProducts;
import dev.rankwise.models.torch.NoOpenScopes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The backward passes by hand of DoRA, of AdaLoRA and of adapters with dropout, a projection of
 * each group being left out: against oracles in double, and against libtorch's own.
 */
@ExtendWith(NoOpenScopes.class)
final class TestMethodsByHand {
  private static final DropoutKey KEY = new DropoutKey(5, 2, 1);

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"dora, llama, MKL", "dora, qwen2, ONEDNN", "adalora, llama, ONEDNN"})
  void gradientsEqualCentralDifferences(String method, String family, FloatProducts products)
      throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, family, 51);
    AdapterPlan plan = AdapterPlan.of(decoder.config(), spec(method, 0));
    float[] theta = Specs.random(plan, 4).values();
    TokenBatch batch = decoder.batch(5);
    ReplicaSettings settings = new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, products, 1);
    GroupSum sum = sum(decoder, plan.attachment(), theta, batch, settings, Optional.empty());
    double[] middle = new double[theta.length];
    for (int i = 0; i < middle.length; i++) {
      middle[i] = theta[i];
    }
    Map<String, double[]> norms = norms(decoder, plan, middle);
    double loss = loss(decoder, plan, middle, norms, batch);
    assertThat(sum.lossSum()).isCloseTo(loss, within(1e-5 * loss));
    for (int place = 0; place < middle.length; place += 13) {
      double value = middle[place];
      middle[place] = value + 1e-5;
      double above = loss(decoder, plan, middle, norms, batch);
      middle[place] = value - 1e-5;
      double expected = (above - loss(decoder, plan, middle, norms, batch)) / 2e-5;
      middle[place] = value;
      assertThat((double) sum.gradient()[place])
          .as("at %s", place)
          .isCloseTo(expected, within(2e-5 + 1e-4 * Math.abs(expected)));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "dora, 0, FLOAT32", "dora, 0, BFLOAT16", "adalora, 0, FLOAT32", "adalora, 0, BFLOAT16",
    "lora, 0.5, FLOAT32", "lora, 0.5, BFLOAT16", "adalora, 0.5, FLOAT32", "adalora, 0.5, BFLOAT16"
  })
  void libtorchGoesTheSameWay(String method, double dropout, BaseType adapterType)
      throws IOException {
    RandomDecoder decoder = RandomDecoder.writeTied(folder, "llama", 52);
    AdapterPlan plan = AdapterPlan.of(decoder.config(), spec(method, dropout));
    float[] theta = Specs.random(plan, 5).values();
    TokenBatch batch = decoder.batch(6);
    ReplicaSettings settings = new ReplicaSettings(BaseType.BFLOAT16, adapterType, 1);
    Optional<DropoutKey> key = dropout > 0 ? Optional.of(KEY) : Optional.empty();
    GroupSum byHand = sum(decoder, plan.attachment(), theta, batch, settings, key);
    GroupSum recorded = sum(decoder, new Recorded(plan.attachment()), theta, batch, settings, key);

    assertThat(byHand.lossSum()).isCloseTo(recorded.lossSum(), within(2e-3 * recorded.lossSum()));
    assertThat(cosine(byHand.gradient(), recorded.gradient())).isGreaterThan(0.999);
    assertThat(byHand.gradient()).isNotEqualTo(recorded.gradient());
  }

  @ParameterizedTest
  @CsvSource({"lora, true", "lora, false", "adalora, true", "adalora, false"})
  void masksAreThoseThatLibtorchWasGiven(String method, boolean named) throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "qwen2", 53);
    AdapterPlan plan = AdapterPlan.of(decoder.config(), spec(method, 0.5));
    float[] theta = Specs.random(plan, 6).values();
    TokenBatch batch = decoder.batch(7);
    ReplicaSettings settings = new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1);
    Optional<DropoutKey> key = named ? Optional.of(KEY) : Optional.empty();
    float[] byHand = sum(decoder, plan.attachment(), theta, batch, settings, key).gradient();
    float[] recorded =
        sum(decoder, new Recorded(plan.attachment()), theta, batch, settings, key).gradient();
    for (int i = 0; i < byHand.length; i++) {
      assertThat(byHand[i])
          .as("at %s", i)
          .isCloseTo(recorded[i], within(1e-6f + 1e-4f * Math.abs(recorded[i])));
    }
    float[] other =
        sum(
                decoder,
                plan.attachment(),
                theta,
                batch,
                settings,
                Optional.of(new DropoutKey(5, 2, 2)))
            .gradient();
    assertThat(cosine(byHand, other)).isLessThan(0.99);
  }

  @ParameterizedTest
  @CsvSource({"dora, 0", "adalora, 0", "lora, 0.5", "adalora, 0.5"})
  void blocksThatAreComputedAgainGiveTheSameBits(String method, double dropout) throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 54);
    AdapterPlan plan = AdapterPlan.of(decoder.config(), spec(method, dropout));
    float[] theta = Specs.random(plan, 7).values();
    TokenBatch batch = decoder.batch(8);
    Optional<DropoutKey> key = dropout > 0 ? Optional.of(KEY) : Optional.empty();
    List<float[]> gradients = new ArrayList<>();
    for (BlockActivations activations : BlockActivations.values()) {
      ReplicaSettings settings =
          new ReplicaSettings(BaseType.BFLOAT16, BaseType.FLOAT32, 1).with(activations);
      gradients.add(sum(decoder, plan.attachment(), theta, batch, settings, key).gradient());
    }
    assertThat(gradients.get(1)).containsExactly(gradients.get(0));
  }

  /** As after the last decision on ranks: one module has no triplet left, another one of three. */
  @Test
  void modulesWithoutTripletsGoByHandToo() throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 55);
    AdapterSpec whole = spec("adalora", 0);
    List<MatchedModule> modules = AdapterPlan.of(decoder.config(), whole).matched().adapted();
    Map<String, List<Boolean>> live = new LinkedHashMap<>();
    live.put(modules.get(0).module().path(), List.of(false, false, false));
    live.put(modules.get(1).module().path(), List.of(false, true, false));
    AdapterPlan plan =
        AdapterPlan.of(
            decoder.config(), whole.withAllocation(RankAllocation.usual().withLive(live)));
    float[] theta = Specs.random(plan, 8).values();
    TokenBatch batch = decoder.batch(9);
    ReplicaSettings settings = new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1);
    float[] byHand =
        sum(decoder, plan.attachment(), theta, batch, settings, Optional.empty()).gradient();
    float[] recorded =
        sum(decoder, new Recorded(plan.attachment()), theta, batch, settings, Optional.empty())
            .gradient();
    assertThat(cosine(byHand, recorded)).isGreaterThan(0.999999);
  }

  private static AdapterSpec spec(String method, double dropout) {
    boolean even = method.equals("adalora");
    return new AdapterSpec(
        method,
        3,
        6,
        dropout,
        AdapterSpec.Scaling.BY_RANK,
        AdapterSpec.Initialisation.KAIMING_UNIFORM,
        ModuleChoice.of(List.of("q_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")),
        ModuleChoice.unset(),
        List.of(),
        List.of(),
        even ? Map.of() : Map.of("v_proj", 2, "up_proj", 5),
        even ? Map.of() : Map.of("o_proj", 7.0),
        List.of(),
        TrainedBeside.nothing(),
        AdapterSpec.CAUSAL_LANGUAGE_MODEL);
  }

  private GroupSum sum(
      RandomDecoder decoder,
      Attachment attachment,
      float[] values,
      TokenBatch batch,
      ReplicaSettings settings,
      Optional<DropoutKey> key) {
    try (Replica replica =
            Replica.open(decoder.directory(), decoder.config(), attachment, settings, folder);
        Parameters theta = replica.parameters(values);
        GradientPass pass = replica.gradientPass(theta)) {
      if (key.isPresent()) {
        pass.add(batch, 8, key.get());
      } else {
        pass.add(batch, 8);
      }
      return pass.finish();
    }
  }

  /** DoRA's n carries no gradient: it stays what it is in the middle. */
  private static Map<String, double[]> norms(
      RandomDecoder decoder, AdapterPlan plan, double[] theta) {
    Map<String, double[]> norms = new LinkedHashMap<>();
    for (MatchedModule module : plan.matched().adapted()) {
      int in = module.module().inFeatures();
      double[] weight = updated(decoder, plan, module, theta);
      double[] own = new double[module.module().outFeatures()];
      for (int place = 0; place < weight.length; place++) {
        own[place / in] += weight[place] * weight[place];
      }
      for (int row = 0; row < own.length; row++) {
        own[row] = Math.sqrt(own[row]);
      }
      norms.put(module.module().path(), own);
    }
    return norms;
  }

  /** With {@code m / n ⊙ (W₀ + s·B·A)}, or {@code W₀ + s·P·Λ·Q}, in double. */
  private static double loss(
      RandomDecoder decoder,
      AdapterPlan plan,
      double[] theta,
      Map<String, double[]> norms,
      TokenBatch batch) {
    Map<String, double[]> tensors = new LinkedHashMap<>(decoder.tensors());
    for (MatchedModule module : plan.matched().adapted()) {
      String path = module.module().path();
      int in = module.module().inFeatures();
      double[] weight = updated(decoder, plan, module, theta);
      if (plan.spec().method().equals("dora")) {
        int m = plan.layout().offsetOf(path + ".lora_magnitude_vector");
        for (int place = 0; place < weight.length; place++) {
          weight[place] *= theta[m + place / in] / norms.get(path)[place / in];
        }
      }
      tensors.put(path + ".weight", weight);
    }
    return decoder.oracle(tensors).loss(batch) / 8;
  }

  private static double[] updated(
      RandomDecoder decoder, AdapterPlan plan, MatchedModule module, double[] theta) {
    String path = module.module().path();
    boolean diagonal = plan.spec().method().equals("adalora");
    String further = diagonal ? "" : ".weight";
    int a = plan.layout().offsetOf(path + ".lora_A" + further);
    int b = plan.layout().offsetOf(path + ".lora_B" + further);
    int e = diagonal ? plan.layout().offsetOf(path + ".lora_E") : 0;
    int in = module.module().inFeatures();
    double[] weight = decoder.tensors().get(path + ".weight").clone();
    for (int place = 0; place < weight.length; place++) {
      int row = b + place / in * module.rank();
      for (int k = 0; k < module.rank(); k++) {
        weight[place] +=
            module.scale()
                * theta[row + k]
                * (diagonal ? theta[e + k] : 1)
                * theta[a + k * in + place % in];
      }
    }
    return weight;
  }

  private static double cosine(float[] one, float[] other) {
    double product = 0;
    double ofOne = 0;
    double ofOther = 0;
    for (int i = 0; i < one.length; i++) {
      product += (double) one[i] * other[i];
      ofOne += (double) one[i] * one[i];
      ofOther += (double) other[i] * other[i];
    }
    return product / Math.sqrt(ofOne * ofOther);
  }
}
