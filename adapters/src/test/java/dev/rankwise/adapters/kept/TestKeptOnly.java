package dev.rankwise.adapters.kept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.plan.InitialParameters;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.AdapterSpec.Initialisation;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.spec.TensorStream;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModuleKind;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.network.Attachment;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.GradientPass;
import dev.rankwise.models.network.Parameters;
import dev.rankwise.models.network.RandomEncoder;
import dev.rankwise.models.network.Replica;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.network.TrainableTensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TestKeptOnly {
  private static final ReplicaSettings SETTINGS =
      new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1);

  @TempDir Path folder;

  @Test
  void trainsTheHeadOfAFrozenBase() throws IOException {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 4);
    AdapterSpec spec = AdapterSpec.of("none").withTaskType(AdapterSpec.CLASSIFICATION);
    AdapterPlan plan = AdapterPlan.of(encoder.config(), spec);
    assertThat(plan.layout().parameters())
        .allMatch(parameter -> parameter.role() == Parameter.Role.KEPT)
        .hasSize(2);
    TokenBatch batch = encoder.batch(1);
    try (SafetensorsFile file = SafetensorsFile.open(encoder.directory().weights());
        Replica base = open(encoder, Attachment.none());
        Parameters nothing = base.parameters(new float[0]);
        Replica replica = open(encoder, plan.attachment());
        Parameters theta =
            replica.parameters(
                InitialParameters.draw(1, plan, BaseWeights.of(file, plan.matched().tree())));
        GradientPass pass = replica.gradientPass(theta)) {
      assertThat(replica.logits(theta, batch)).isDeepEqualTo(base.logits(nothing, batch));
      pass.add(batch, 4);
      assertThat(pass.finish().gradient()).hasSize(3 * 24 + 3).doesNotContain(0f);
    }
  }

  @Test
  void isNeverAskedForTheTensorsOfAModule() {
    KeptOnly method = new KeptOnly();
    ModuleShape shape = new ModuleShape("m", ModuleKind.LINEAR, 2, 2, true);
    MatchedModule module = new MatchedModule(shape, 1, 1, 1, false);
    TrainableTensor tensor = new TrainableTensor("m", "lora_A.weight", List.of(1, 2));
    TensorStream stream = new TensorStream(1, "m");
    String message = "Method none adapts no module, yet was asked for m";
    assertThat(method.tensors(module)).isEmpty();
    assertThatThrownBy(() -> method.role(tensor))
        .isInstanceOf(InternalException.class)
        .hasMessage(message);
    assertThatThrownBy(() -> method.initial(module, tensor, Initialisation.KAIMING_UNIFORM, stream))
        .hasMessage(message);
    assertThatThrownBy(() -> method.product(List.of(shape), Map.of("m", module), 0))
        .hasMessage(message);
    assertThatThrownBy(() -> method.merge(module, Map.of(), new float[1], 0, 1))
        .hasMessage(message);
  }

  private Replica open(RandomEncoder encoder, Attachment attachment) {
    return Replica.open(encoder.directory(), encoder.config(), attachment, SETTINGS, folder);
  }
}
