package dev.rankwise.adapters;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.plan.InitialParameters;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.AdapterSpec.Scaling;
import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.adapters.spec.ExpertMixture.Gates;
import dev.rankwise.adapters.spec.ExpertMixture.Kind;
import dev.rankwise.adapters.spec.ExpertMixture.Router;
import dev.rankwise.adapters.spec.ExpertMixture.Scope;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.network.Attachment;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.DequantisedBase;
import dev.rankwise.models.network.GradientPass;
import dev.rankwise.models.network.Parameters;
import dev.rankwise.models.network.RandomDecoder;
import dev.rankwise.models.network.Replica;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.network.ReplicaSettings.BlockActivations;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.quantized.BaseForm.BlockScaling;
import dev.rankwise.models.quantized.BaseForm.FourBit;
import dev.rankwise.models.quantized.FourBitCode;
import dev.rankwise.models.random.DropoutKey;
import dev.rankwise.models.source.BaseDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters on a base in four bits, against a dense base that holds the same numbers. */
class TestFourBitBase {
  private static final FourBit FORM = new FourBit(FourBitCode.NF4, 64, BlockScaling.DOUBLE);

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "lora, 0, FLOAT32, KEPT",
    "lora, 0.1, BFLOAT16, KEPT",
    "adalora, 0, FLOAT32, KEPT",
    "adalora, 0.1, BFLOAT16, RECOMPUTED",
    "moe-lora, 0, FLOAT32, KEPT",
    "moe-lora, 0, BFLOAT16, RECOMPUTED",
    "moe-lora module, 0, FLOAT32, KEPT",
    "moe-lora module, 0.1, BFLOAT16, RECOMPUTED",
    "moe-lora block, 0, BFLOAT16, KEPT",
    "moe-lora block, 0.1, FLOAT32, RECOMPUTED",
    "dora, 0, FLOAT32, KEPT",
    "dora, 0, BFLOAT16, RECOMPUTED",
    "dora, 0.1, FLOAT32, KEPT",
    "dora, 0.1, BFLOAT16, KEPT",
    "dora rslora, 0, FLOAT32, KEPT",
    "dora rslora, 0.1, BFLOAT16, RECOMPUTED",
    "ia3, 0, FLOAT32, KEPT",
    "ia3, 0, BFLOAT16, RECOMPUTED"
  })
  void gradientsAreThoseOfTheSameNumbers(
      String method, double dropout, BaseType type, BlockActivations activations)
      throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 61);
    AdapterPlan plan = AdapterPlan.of(decoder.config(), spec(method, dropout));
    ReplicaSettings settings = new ReplicaSettings(type, BaseType.FLOAT32, 1).with(activations);
    BaseDirectory dense =
        DequantisedBase.write(decoder.directory(), decoder.config(), FORM, type.stored(), folder);
    float[] theta = Specs.random(plan, 3).values();

    float[] found = gradient(decoder, decoder.directory(), plan, settings.with(FORM), theta);

    assertThat(found).containsExactly(gradient(decoder, dense, plan, settings, theta));
    assertThat(Arrays.equals(found, new float[found.length])).isFalse();
  }

  /** Fresh magnitudes of DoRA are norms of what the base is in four bits, those of IA³ ones. */
  @ParameterizedTest
  @ValueSource(strings = {"lora", "dora", "dora rslora", "adalora", "ia3"})
  void aFreshAdapterChangesNothing(String method) throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 62);
    AdapterPlan plan = AdapterPlan.of(decoder.config(), spec(method, 0));
    ReplicaSettings settings =
        new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1).with(FORM);
    float[] fresh;
    try (SafetensorsFile file = SafetensorsFile.open(decoder.directory().weights())) {
      BaseWeights weights =
          BaseWeights.of(file, ModuleTree.of(decoder.config())).in(FORM, BaseType.FLOAT32.stored());
      fresh = InitialParameters.draw(4, plan, weights);
    }
    TokenBatch batch = decoder.batch(5);
    try (Replica with = open(decoder, decoder.directory(), plan.attachment(), settings);
        Replica without = open(decoder, decoder.directory(), Attachment.none(), settings);
        Parameters theta = with.parameters(fresh);
        Parameters nothing = without.parameters(new float[0])) {
      assertThat(with.logits(theta, batch)).isDeepEqualTo(without.logits(nothing, batch));
    }
  }

  private float[] gradient(
      RandomDecoder decoder,
      BaseDirectory base,
      AdapterPlan plan,
      ReplicaSettings settings,
      float[] values) {
    try (Replica replica = open(decoder, base, plan.attachment(), settings);
        Parameters theta = replica.parameters(values);
        GradientPass pass = replica.gradientPass(theta)) {
      pass.add(decoder.batch(5), 3, new DropoutKey(1, 2, 3));
      pass.add(decoder.batch(6), 3, new DropoutKey(1, 2, 4));
      return pass.finish().gradient();
    }
  }

  private Replica open(
      RandomDecoder decoder, BaseDirectory base, Attachment attachment, ReplicaSettings settings) {
    return Replica.open(base, decoder.config(), attachment, settings, folder);
  }

  /**
   * On all linear modules.
   *
   * @param method its name; {@code rslora} behind it scales by the root of the rank
   */
  private static AdapterSpec spec(String method, double dropout) {
    String name = method.split(" ", 2)[0];
    AdapterSpec spec =
        AdapterSpec.of(name)
            .withRank(3, 6)
            .withTargets(ModuleChoice.of("all-linear"))
            .withScaling(name.equals(method) ? Scaling.BY_RANK : Scaling.BY_ROOT_OF_RANK);
    if (name.equals("moe-lora") && !name.equals(method)) {
      spec =
          spec.withMixture(
              dorasExperts(Scope.valueOf(method.split(" ")[1].toUpperCase(Locale.ROOT))));
    }
    return dropout > 0 ? spec.withDropout(dropout) : spec;
  }

  private static ExpertMixture dorasExperts(Scope scope) {
    return new ExpertMixture(3, 2, Router.TOKEN, scope, Gates.RENORMALISED, 1, 0.01, 0, 0, 1, 1)
        .withKind(Kind.DORA);
  }
}
