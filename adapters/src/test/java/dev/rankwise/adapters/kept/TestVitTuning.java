package dev.rankwise.adapters.kept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.adapters.Specs;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.plan.InitialParameters;
import dev.rankwise.adapters.plan.RandomBase;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.spec.TrainedBeside;
import dev.rankwise.models.Golden;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.GradientPass;
import dev.rankwise.models.network.PaddedCase;
import dev.rankwise.models.network.Parameters;
import dev.rankwise.models.network.Replica;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.network.ReplicaSettings.BlockActivations;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.random.DropoutKey;
import dev.rankwise.models.source.BaseDirectory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training a ViT: every weight of it, and factors beside its patch convolution. */
final class TestVitTuning {
  private static final ReplicaSettings SETTINGS =
      new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1);
  private static final Path VIT = Golden.own("models/vit");
  private static final ModelConfig CONFIG = ModelConfig.read(VIT.resolve("config.json"));

  @TempDir Path folder;

  @Test
  void gradientsOfEveryWeightAreSlopesOfTheLoss() {
    AdapterPlan plan = AdapterPlan.of(CONFIG, AdapterSpec.of("full"));
    assertThat(plan.layout().tensors())
        .extracting(tensor -> tensor.name())
        .containsExactlyInAnyOrderElementsOf(ModuleTree.of(CONFIG).tensors().keySet());
    float[] theta = initial(plan);
    try (Replica replica = open(plan, SETTINGS)) {
      float[] gradient = gradient(replica, theta);
      for (Parameter parameter : plan.layout().parameters()) {
        slopesAgree(replica, theta, gradient, parameter);
      }
    }
  }

  @Test
  void gradientsOfFactorsBesideAConvolutionAreSlopesOfTheLoss() {
    AdapterPlan plan = AdapterPlan.of(CONFIG, spec("lora", 0));
    float[] theta = Specs.random(plan, 3).values();
    try (Replica replica = open(plan, SETTINGS)) {
      float[] gradient = gradient(replica, theta);
      for (Parameter parameter : plan.layout().parameters()) {
        slopesAgree(replica, theta, gradient, parameter);
      }
    }
  }

  /** Along the gradient of one tensor, by central differences. */
  private static void slopesAgree(
      Replica replica, float[] theta, float[] gradient, Parameter parameter) {
    double square = 0;
    for (int i = 0; i < parameter.tensor().size(); i++) {
      double part = gradient[parameter.offset() + i];
      square += part * part;
    }
    double length = Math.sqrt(square);
    if (length < 1e-4) {
      return; // A key's bias shifts all scores of a query alike: its gradient is rounding.
    }
    double step = 2e-3;
    double slope =
        (loss(replica, moved(theta, gradient, parameter, step / length))
                - loss(replica, moved(theta, gradient, parameter, -step / length)))
            / (2 * step);
    assertThat(slope).as(parameter.tensor().name()).isCloseTo(length, within(2e-3 + 1e-2 * length));
  }

  private static float[] moved(
      float[] theta, float[] gradient, Parameter parameter, double factor) {
    float[] moved = theta.clone();
    for (int i = parameter.offset(); i < parameter.offset() + parameter.tensor().size(); i++) {
      moved[i] += (float) (factor * gradient[i]);
    }
    return moved;
  }

  @Test
  void laterCallsOtherThreadsAndBlocksThatAreComputedAgainGiveTheSameBits() {
    AdapterPlan plan = AdapterPlan.of(CONFIG, spec("lora", 0));
    float[] theta = Specs.random(plan, 4).values();
    try (Replica replica = open(plan, SETTINGS);
        Replica again = open(plan, SETTINGS.with(BlockActivations.RECOMPUTED))) {
      float[] first = gradient(replica, theta);
      for (int call = 2; call <= 10; call++) {
        assertThat(gradient(replica, theta)).as("call " + call).isEqualTo(first);
      }
      assertThat(CompletableFuture.supplyAsync(() -> gradient(replica, theta)).join())
          .isEqualTo(first);
      assertThat(gradient(again, theta)).isEqualTo(first);
    }
  }

  @Test
  void aMergedBaseOfRandomWeightsCanBeWrittenAndRead() {
    RandomBase.write(folder.resolve("model.safetensors"), CONFIG, 5);

    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("model.safetensors"))) {
      assertThat(file.tensors()).containsKey("vit.encoder.layer.0.intermediate.dense.weight");
      BaseWeights weights = BaseWeights.of(file, ModuleTree.of(CONFIG));
      assertThat(weights.missing()).isEmpty();
      assertThat(weights.floats("vit.layernorm.weight")).containsOnly(1);
      assertThat(weights.floats("vit.embeddings.cls_token")).doesNotContain(0);
    }
  }

  @Test
  void dropoutOfAConvolutionDropsNumbersOfItsWindows() {
    AdapterPlan plan = AdapterPlan.of(CONFIG, spec("lora", 0.5));
    float[] theta = Specs.random(plan, 6).values();
    try (Replica replica = open(plan, SETTINGS);
        Parameters parameters = replica.parameters(theta)) {
      float[] dropped = new float[0];
      for (int call = 0; call < 2; call++) {
        try (GradientPass pass = replica.gradientPass(parameters)) {
          pass.add(batch(), 1, new DropoutKey(7, 1, 0));
          float[] gradient = pass.finish().gradient();
          assertThat(call == 0 ? gradient : dropped).isEqualTo(gradient);
          dropped = gradient;
        }
      }
      assertThat(dropped).isNotEqualTo(gradient(replica, theta));
    }
  }

  @Test
  void otherMethodsRefuseAConvolution() {
    for (String method : List.of("dora", "adalora", "moe-lora")) {
      assertThatThrownBy(() -> AdapterPlan.of(CONFIG, spec(method, 0)))
          .isInstanceOf(UserInputException.class)
          .hasMessageContaining(
              "on module vit.embeddings.patch_embeddings.projection of kind conv2d");
    }
  }

  private static AdapterSpec spec(String method, double dropout) {
    return new AdapterSpec(
        method,
        3,
        8,
        dropout,
        AdapterSpec.Scaling.BY_RANK,
        AdapterSpec.Initialisation.KAIMING_UNIFORM,
        ModuleChoice.of(List.of("projection", "q_proj", "fc2")),
        ModuleChoice.unset(),
        List.of(),
        List.of(),
        Map.of(),
        Map.of(),
        List.of(),
        new TrainedBeside(false, TrainedBeside.BaseBiases.LORA_ONLY, Map.of()),
        "");
  }

  private static float[] initial(AdapterPlan plan) {
    try (SafetensorsFile file = SafetensorsFile.open(VIT.resolve("model.safetensors"))) {
      return InitialParameters.draw(1, plan, BaseWeights.of(file, ModuleTree.of(CONFIG)));
    }
  }

  private Replica open(AdapterPlan plan, ReplicaSettings settings) {
    return Replica.open(
        new BaseDirectory(VIT, "vit"), plan.base(), plan.attachment(), settings, folder);
  }

  private static TokenBatch batch() {
    try (SafetensorsFile cases = SafetensorsFile.open(VIT.resolve("cases.safetensors"))) {
      return PaddedCase.of(cases, CONFIG).batch();
    }
  }

  private static float[] gradient(Replica replica, float[] theta) {
    try (Parameters parameters = replica.parameters(theta);
        GradientPass pass = replica.gradientPass(parameters)) {
      pass.add(batch(), 1);
      return pass.finish().gradient();
    }
  }

  private static double loss(Replica replica, float[] theta) {
    try (Parameters parameters = replica.parameters(theta);
        GradientPass pass = replica.gradientPass(parameters)) {
      pass.add(batch(), 1);
      return pass.finish().lossSum();
    }
  }
}
