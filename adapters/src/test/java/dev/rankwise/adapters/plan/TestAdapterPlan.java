package dev.rankwise.adapters.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.adapters.Specs;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.spec.TrainedBeside;
import dev.rankwise.models.Golden;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.format.TensorSpec;
import dev.rankwise.models.network.AdaptedProduct;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TestAdapterPlan {
  private static final ModelConfig BERT = ModelConfig.read(Golden.own("models/bert/config.json"));

  @TempDir Path folder;

  @Test
  void joinsConfigurationAndBase() {
    AdapterSpec spec = Specs.uneven(List.of());
    AdapterPlan plan = AdapterPlan.of(BERT, spec);
    assertThat(plan.base()).isEqualTo(BERT);
    assertThat(plan.spec()).isEqualTo(spec);
    assertThat(plan.method().name()).isEqualTo("lora");
    assertThat(plan.attachment().tensors()).isEqualTo(plan.layout().tensors());
  }

  @Test
  void attachesToGroupsOfWhichOneProjectionIsAdapted() {
    AdapterPlan plan = AdapterPlan.of(BERT, Specs.uneven(List.of()));
    String self = "bert.encoder.layer.0.attention.self.";
    List<ModuleShape> group =
        List.of("query", "key", "value").stream()
            .map(name -> plan.matched().tree().module(self + name))
            .toList();
    AdaptedProduct product = plan.attachment().product(group).orElseThrow();
    assertThat(product.tensors()).hasSize(4);
    assertThat(product.substitutions())
        .isEqualTo(
            Map.of(
                "inner",
                "torch.linear(torch.to(x, ${adapter}),"
                    + " torch.to(torch.cat([${t0}, ${t2}]), ${adapter}))",
                "factors_b",
                "torch.block_diag([torch.mul(${t1}, 3.0), torch.empty([48, 0], dtype=6),"
                    + " torch.mul(${t3}, 2.3333333333333335)])",
                "scale",
                "1.0",
                "sum",
                "z"));
    assertThat(plan.attachment().product(group.subList(1, 2))).isEmpty();
  }

  @Test
  void aScaleThatAllShareIsLeftToTheProductAndASingleFactorIsNotCopied() {
    AdapterPlan plan = AdapterPlan.of(BERT, AdapterSpec.of("lora").withRank(4, 8));
    String self = "bert.encoder.layer.0.attention.self.";
    List<ModuleShape> query = List.of(plan.matched().tree().module(self + "query"));
    assertThat(plan.attachment().product(query).orElseThrow().substitutions())
        .isEqualTo(
            Map.of(
                "inner",
                "torch.linear(torch.to(x, ${adapter}), torch.to(${t0}, ${adapter}))",
                "factors_b",
                "${t1}",
                "scale",
                "2.0",
                "sum",
                "z"));
  }

  @Test
  void whatTheBaseLacksMustBeTrained() throws IOException {
    Path bare = folder.resolve("bare.safetensors");
    AdapterPlan without = AdapterPlan.of(BERT, Specs.uneven(List.of("classifier")));
    AdapterPlan with = AdapterPlan.of(BERT, Specs.uneven(List.of("classifier", "pooler")));
    try (SafetensorsFile whole =
        SafetensorsFile.open(Golden.own("models/bert/model.safetensors"))) {
      without.requireTrained(BaseWeights.of(whole, without.matched().tree()));
      List<StoredTensor> tensors = new ArrayList<>();
      for (TensorSpec tensor : whole.tensors().values()) {
        if (!tensor.name().contains("pooler")) {
          float[] values = whole.floats(tensor.name());
          tensors.add(StoredTensor.ofFloats(tensor.name(), tensor.shape(), values));
        }
      }
      SafetensorsWriter.write(bare, Map.of(), tensors);
    }
    try (SafetensorsFile file = SafetensorsFile.open(bare)) {
      BaseWeights weights = BaseWeights.of(file, with.matched().tree());
      with.requireTrained(weights);
      assertThatThrownBy(() -> without.requireTrained(weights))
          .isInstanceOf(UserInputException.class)
          .hasMessage(
              "Base has no weights for pooler, so it cannot be frozen; add it to"
                  + " adapter.modules-to-save to train it from a fresh start");
    }
  }

  @Test
  void anUnknownMethodIsRefused() {
    assertThatThrownBy(() -> AdapterPlan.of(BERT, AdapterSpec.of("lorra")))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Unknown adapter method: \"lorra\" (must be one of [lora, dora, adalora, full, none])");
  }

  @Test
  void whatIsNotComputedIsRefusedByName() {
    ModelConfig llama = ModelConfig.read(Golden.own("models/llama/config.json"));
    AdapterSpec embedding =
        AdapterSpec.of("lora")
            .withTargets(ModuleChoice.of(List.of("embed_tokens")))
            .withBeside(new TrainedBeside(true, TrainedBeside.BaseBiases.NONE, Map.of()));
    assertThatThrownBy(() -> AdapterPlan.of(llama, embedding))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Invalid lora_bias: true (module model.embed_tokens is an embedding, whose factor B has"
                + " no bias); set it to false");
  }

  @Test
  void aBiasOfBStandsBesideProjectionsThatHaveNone() {
    AdapterSpec spec =
        Specs.uneven(List.of())
            .withBeside(new TrainedBeside(true, TrainedBeside.BaseBiases.NONE, Map.of()));
    AdapterPlan plan = AdapterPlan.of(BERT, spec);
    String self = "bert.encoder.layer.0.attention.self.";
    List<ModuleShape> group =
        List.of("query", "key", "value").stream()
            .map(name -> plan.matched().tree().module(self + name))
            .toList();
    assertThat(plan.attachment().product(group).orElseThrow().substitutions())
        .containsEntry(
            "sum",
            "torch.add(z, torch.to(torch.cat([torch.mul(${t2}, 3.0), torch.zeros([48], dtype=6),"
                + " torch.mul(${t5}, 2.3333333333333335)]), ${adapter}), alpha=1.0)");
  }

  @Test
  void nothingToTrainIsRefused() {
    assertThatThrownBy(() -> AdapterPlan.of(BERT, AdapterSpec.of("none")))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Adapter method \"none\" trains nothing of BertForSequenceClassification; name modules"
                + " to save");
  }

  @Test
  void anAdapterHasANumberForEachParameter() {
    AdapterPlan plan = AdapterPlan.of(BERT, Specs.uneven(List.of()));
    assertThatThrownBy(() -> new Adapter(plan, new float[3]))
        .isInstanceOf(InternalException.class)
        .hasMessage("Adapter has 3 numbers where its layout has " + plan.layout().size());
    float[] numbers = new float[plan.layout().size()];
    Adapter adapter = new Adapter(plan, numbers);
    numbers[0] = 1;
    adapter.values()[0] = 1;
    assertThat(adapter.values()[0]).isZero();
    assertThat(adapter.firstNotFinite()).isEmpty();
    Parameter last = plan.layout().parameters().get(plan.layout().parameters().size() - 1);
    numbers[last.offset()] = Float.NaN;
    assertThat(new Adapter(plan, numbers).firstNotFinite()).contains("classifier.weight");
  }
}
