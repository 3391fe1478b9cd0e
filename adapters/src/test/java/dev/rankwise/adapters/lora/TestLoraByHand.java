package dev.rankwise.adapters.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.adapters.Recorded;
import dev.rankwise.adapters.Specs;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.ModuleChoice;
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
import dev.rankwise.models.torch.FloatProducts;
import dev.rankwise.models.torch.NoOpenScopes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The backward pass by hand through blocks with LoRA, of unlike ranks and scales and with a
 * projection left out: against an oracle in double, against libtorch's own, and where it is left to
 * libtorch.
 */
@ExtendWith(NoOpenScopes.class)
final class TestLoraByHand {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"llama, MKL", "mistral, ONEDNN", "qwen2, MKL", "phi3, ONEDNN"})
  void gradientsEqualCentralDifferences(String family, FloatProducts products) throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, family, 41);
    AdapterPlan plan = AdapterPlan.of(decoder.config(), spec(family));
    float[] theta = Specs.random(plan, 4).values();
    TokenBatch batch = decoder.batch(5);
    ReplicaSettings settings = new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, products, 1);
    GroupSum sum = sum(decoder, plan.attachment(), theta, batch, settings);
    double[] middle = new double[theta.length];
    for (int i = 0; i < middle.length; i++) {
      middle[i] = theta[i];
    }
    double loss = loss(decoder, plan, middle, batch);
    assertThat(sum.lossSum()).isCloseTo(loss, within(1e-5 * loss));
    for (int place = 0; place < middle.length; place += 11) {
      double value = middle[place];
      middle[place] = value + 1e-5;
      double above = loss(decoder, plan, middle, batch);
      middle[place] = value - 1e-5;
      double expected = (above - loss(decoder, plan, middle, batch)) / 2e-5;
      middle[place] = value;
      assertThat((double) sum.gradient()[place])
          .as("at %s", place)
          .isCloseTo(expected, within(2e-5 + 1e-4 * Math.abs(expected)));
    }
  }

  @ParameterizedTest
  @EnumSource(BaseType.class)
  void libtorchGoesTheSameWay(BaseType adapterType) throws IOException {
    RandomDecoder decoder = RandomDecoder.writeTied(folder, "llama", 42);
    AdapterPlan plan = AdapterPlan.of(decoder.config(), spec("llama"));
    float[] theta = Specs.random(plan, 5).values();
    TokenBatch batch = decoder.batch(6);
    ReplicaSettings settings = new ReplicaSettings(BaseType.BFLOAT16, adapterType, 1);
    GroupSum byHand = sum(decoder, plan.attachment(), theta, batch, settings);
    GroupSum recorded = sum(decoder, new Recorded(plan.attachment()), theta, batch, settings);

    assertThat(byHand.lossSum()).isCloseTo(recorded.lossSum(), within(2e-3 * recorded.lossSum()));
    assertThat(cosine(byHand.gradient(), recorded.gradient())).isGreaterThan(0.999);
    assertThat(byHand.gradient()).isNotEqualTo(recorded.gradient());
  }

  @ParameterizedTest
  @EnumSource(BaseType.class)
  void blocksThatAreComputedAgainGiveTheSameBits(BaseType type) throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 43);
    AdapterPlan plan = AdapterPlan.of(decoder.config(), spec("llama"));
    float[] theta = Specs.random(plan, 6).values();
    TokenBatch batch = decoder.batch(7);
    List<float[]> gradients = new ArrayList<>();
    for (BlockActivations activations : BlockActivations.values()) {
      ReplicaSettings settings = new ReplicaSettings(type, BaseType.FLOAT32, 1).with(activations);
      gradients.add(sum(decoder, plan.attachment(), theta, batch, settings).gradient());
    }
    assertThat(gradients.get(1)).containsExactly(gradients.get(0));
  }

  /** What a block's text by hand gives no gradient of is libtorch's: the programs are the same. */
  @Test
  void otherProductsAreLeftToLibtorch() throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 44);
    assertThat(programs(decoder, spec("llama"))).doesNotHaveDuplicates();
    List<String> programs = programs(decoder, spec("dora", 0.5, "llama"));
    assertThat(programs.get(0)).isEqualTo(programs.get(1));
  }

  /** Of the plan as it is, and without the texts by hand. */
  private static List<String> programs(RandomDecoder decoder, AdapterSpec spec) {
    AdapterPlan plan = AdapterPlan.of(decoder.config(), spec);
    ReplicaSettings settings = new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1);
    List<String> programs = new ArrayList<>();
    for (Attachment attachment : List.of(plan.attachment(), new Recorded(plan.attachment()))) {
      programs.add(
          Replica.programSha256(decoder.directory(), decoder.config(), attachment, settings));
    }
    return programs;
  }

  private static AdapterSpec spec(String family) {
    return spec("lora", 0, family);
  }

  /** The key's projection is not adapted, where it has one of its own. */
  private static AdapterSpec spec(String method, double dropout, String family) {
    List<String> targets =
        family.equals("phi3")
            ? List.of("qkv_proj", "o_proj", "gate_up_proj")
            : List.of("q_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");
    return new AdapterSpec(
        method,
        3,
        6,
        dropout,
        AdapterSpec.Scaling.BY_RANK,
        AdapterSpec.Initialisation.KAIMING_UNIFORM,
        ModuleChoice.of(targets),
        ModuleChoice.unset(),
        List.of(),
        List.of(),
        family.equals("phi3") ? Map.of("o_proj", 2) : Map.of("v_proj", 2, "up_proj", 5),
        Map.of("o_proj", 7.0),
        List.of(),
        TrainedBeside.nothing(),
        AdapterSpec.CAUSAL_LANGUAGE_MODEL);
  }

  private GroupSum sum(
      RandomDecoder decoder,
      Attachment attachment,
      float[] values,
      TokenBatch batch,
      ReplicaSettings settings) {
    try (Replica replica =
            Replica.open(decoder.directory(), decoder.config(), attachment, settings, folder);
        Parameters theta = replica.parameters(values);
        GradientPass pass = replica.gradientPass(theta)) {
      pass.add(batch, 8);
      return pass.finish();
    }
  }

  /** With {@code W₀ + s·B·A} in double. */
  private static double loss(
      RandomDecoder decoder, AdapterPlan plan, double[] theta, TokenBatch batch) {
    Map<String, double[]> tensors = new LinkedHashMap<>(decoder.tensors());
    for (MatchedModule module : plan.matched().adapted()) {
      String path = module.module().path();
      int a = plan.layout().offsetOf(path + ".lora_A.weight");
      int b = plan.layout().offsetOf(path + ".lora_B.weight");
      int in = module.module().inFeatures();
      double[] weight = decoder.tensors().get(path + ".weight").clone();
      for (int place = 0; place < weight.length; place++) {
        int row = b + place / in * module.rank();
        for (int k = 0; k < module.rank(); k++) {
          weight[place] += module.scale() * theta[row + k] * theta[a + k * in + place % in];
        }
      }
      tensors.put(path + ".weight", weight);
    }
    return decoder.oracle(tensors).loss(batch) / 8;
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
