package dev.rankwise.adapters.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.adapters.Specs;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.TrainedBeside;
import dev.rankwise.adapters.spec.TrainedBeside.BaseBiases;
import dev.rankwise.models.Golden;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.failure.TrainingStoppedException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.StoredTensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Merging on bases that are not computed, and what is refused; values: TestGoldenAdapters. */
final class TestMergedWeights {
  private static final String ATTENTION = "transformer.h.0.attn.c_attn";

  @TempDir Path folder;

  @Test
  void updatesAreTransposedWhereTheBaseStoresItsWeightsSo() {
    ModelConfig gpt2 = ModelConfig.read(Golden.own("models/gpt2/config.json"));
    Adapter adapter = Specs.random(AdapterPlan.of(gpt2, AdapterSpec.of("lora")), 3);
    MatchedModule module = adapter.plan().matched().at(ATTENTION).orElseThrow();
    ModuleShape shape = module.module();
    float[] update = merged(adapter, module, new float[shape.inFeatures() * shape.outFeatures()]);
    try (SafetensorsFile file = zeros(gpt2, List.of())) {
      MergedWeights merged = MergedWeights.of(adapter, BaseWeights.of(file, tree(adapter)));
      float[] weight = merged.floats(ATTENTION + ".weight");
      int in = module.module().inFeatures();
      int out = module.module().outFeatures();
      assertThat(in).isNotEqualTo(out);
      for (int o = 0; o < out; o++) {
        for (int i = 0; i < in; i++) {
          assertThat(weight[i * out + o]).isEqualTo(update[o * in + i]);
        }
      }
      assertThat(merged.floats("transformer.wte.weight")).containsOnly(0f);
    }
  }

  @Test
  void numbersThatAreNotFiniteAreRefusedByName() {
    ModelConfig bert = bert();
    AdapterPlan plan = AdapterPlan.of(bert, Specs.uneven(List.of()));
    float[] values = new float[plan.layout().size()];
    Arrays.fill(values, Float.MAX_VALUE);
    try (SafetensorsFile file = zeros(bert, List.of())) {
      MergedWeights merged =
          MergedWeights.of(new Adapter(plan, values), BaseWeights.of(file, plan.matched().tree()));
      assertThatThrownBy(() -> merged.floats("bert.encoder.layer.0.attention.self.query.weight"))
          .isInstanceOf(TrainingStoppedException.class)
          .hasMessage(
              "Cannot merge: weight bert.encoder.layer.0.attention.self.query.weight holds a number"
                  + " that is not finite; merge an adapter of an earlier checkpoint, or into a wider"
                  + " type, or check the base");
    }
  }

  @Test
  void aWeightThatNobodyHasIsRefused() {
    ModelConfig bert = bert();
    Adapter adapter = Specs.random(AdapterPlan.of(bert, Specs.uneven(List.of())), 3);
    try (SafetensorsFile file =
        zeros(bert, List.of("bert.pooler.dense.weight", "bert.pooler.dense.bias"))) {
      BaseWeights weights = BaseWeights.of(file, tree(adapter));
      assertThatThrownBy(() -> MergedWeights.of(adapter, weights))
          .isInstanceOf(UserInputException.class)
          .hasMessage(
              "Cannot merge: neither the base nor the adapter has weight bert.pooler.dense.weight of"
                  + " BertForSequenceClassification; train its module among the modules to save");
    }
  }

  @Test
  void anAdaptedOutputEmbeddingLeavesTheTableItShared() {
    Adapter adapter = Specs.random(AdapterPlan.of(llama(), lora("lm_head")), 3);
    MatchedModule head = adapter.plan().matched().at("lm_head").orElseThrow();
    try (SafetensorsFile file = zeros(llama(), List.of())) {
      MergedWeights merged = MergedWeights.of(adapter, BaseWeights.of(file, tree(adapter)));
      assertThat(merged.unties()).isTrue();
      assertThat(merged.names()).endsWith("lm_head.weight");
      float[] table = merged.floats("model.embed_tokens.weight");
      assertThat(table).containsOnly(0f);
      assertThat(merged.floats("lm_head.weight")).isEqualTo(merged(adapter, head, table));
    }
  }

  @Test
  void anAdaptedTableIsTurnedAndStaysShared() {
    Adapter adapter = Specs.random(AdapterPlan.of(llama(), lora("embed_tokens")), 3);
    MatchedModule table = adapter.plan().matched().at("model.embed_tokens").orElseThrow();
    try (SafetensorsFile file = zeros(llama(), List.of())) {
      MergedWeights merged = MergedWeights.of(adapter, BaseWeights.of(file, tree(adapter)));
      assertThat(merged.unties()).isFalse();
      int entries = table.module().inFeatures();
      int size = table.module().outFeatures();
      float[] update = merged(adapter, table, new float[entries * size]);
      float[] weight = merged.floats("model.embed_tokens.weight");
      for (int entry = 0; entry < entries; entry++) {
        for (int i = 0; i < size; i++) {
          assertThat(weight[entry * size + i]).isEqualTo(update[i * entries + entry]);
        }
      }
    }
  }

  @Test
  void trainedRowsReplaceTheTables() {
    AdapterSpec spec =
        lora("q_proj")
            .withBeside(
                new TrainedBeside(
                    false, BaseBiases.NONE, Map.of(TrainedBeside.TOKEN_TABLE, List.of(5, 2))));
    Adapter adapter = Specs.random(AdapterPlan.of(llama(), spec), 3);
    try (SafetensorsFile file = zeros(llama(), List.of())) {
      MergedWeights merged = MergedWeights.of(adapter, BaseWeights.of(file, tree(adapter)));
      float[] table = merged.floats("model.embed_tokens.weight");
      float[] rows = adapter.values(adapter.plan().layout().parameters().get(0));
      int size = rows.length / 2;
      assertThat(Arrays.copyOfRange(table, 5 * size, 6 * size))
          .isEqualTo(Arrays.copyOf(rows, size));
      assertThat(Arrays.copyOfRange(table, 2 * size, 3 * size))
          .isEqualTo(Arrays.copyOfRange(rows, size, 2 * size));
      assertThat(Arrays.copyOf(table, 2 * size)).containsOnly(0f);
    }
  }

  @Test
  void aBiasOfBNeedsABiasToAddTo() {
    AdapterSpec spec =
        lora("q_proj").withBeside(new TrainedBeside(true, BaseBiases.NONE, Map.of()));
    Adapter adapter = Specs.random(AdapterPlan.of(llama(), spec), 3);
    try (SafetensorsFile file = zeros(llama(), List.of())) {
      BaseWeights weights = BaseWeights.of(file, tree(adapter));
      assertThatThrownBy(() -> MergedWeights.of(adapter, weights))
          .isInstanceOf(UserInputException.class)
          .hasMessage(
              "Cannot merge: factor B of model.layers.0.self_attn.q_proj has a bias, and the module"
                  + " itself has none to add it to; train without lora_bias");
    }
  }

  @Test
  void aCopyOfAnotherBasesWeightIsRefused() {
    AdapterPlan plan = AdapterPlan.of(llama(), lora("embed_tokens"));
    String name = "model.embed_tokens.weight";
    List<Long> shape = tree(Specs.random(plan, 3)).tensors().get(name);
    float[] other = new float[size(shape)];
    other[1] = 1;
    Adapter adapter =
        new Adapter(
            plan,
            new float[plan.layout().size()],
            Map.of(name, StoredTensor.ofFloats(name, shape, other)));
    try (SafetensorsFile file = zeros(llama(), List.of())) {
      BaseWeights weights = BaseWeights.of(file, tree(adapter));
      assertThatThrownBy(() -> MergedWeights.of(adapter, weights))
          .isInstanceOf(UserInputException.class)
          .hasMessage(
              "Adapter brings a copy of weight model.embed_tokens.weight that is not this base's;"
                  + " name the base it was trained on");
    }
  }

  private static float[] merged(Adapter adapter, MatchedModule module, float[] weight) {
    float[] rows = weight.clone();
    adapter
        .plan()
        .method()
        .merge(module, adapter.values(module), rows, 0, module.module().outFeatures());
    return rows;
  }

  private static ModelConfig llama() {
    return ModelConfig.read(Golden.own("models/llama/config.json"));
  }

  private static AdapterSpec lora(String target) {
    return AdapterSpec.of("lora").withTargets(ModuleChoice.of(List.of(target)));
  }

  private static ModelConfig bert() {
    return ModelConfig.read(Golden.own("models/bert/config.json"));
  }

  private static ModuleTree tree(Adapter adapter) {
    return adapter.plan().matched().tree();
  }

  private SafetensorsFile zeros(ModelConfig config, List<String> without) {
    List<StoredTensor> tensors = new ArrayList<>();
    ModuleTree.of(config)
        .tensors()
        .forEach(
            (name, shape) -> {
              if (!without.contains(name)) {
                tensors.add(StoredTensor.ofFloats(name, shape, new float[size(shape)]));
              }
            });
    return stored(tensors);
  }

  private SafetensorsFile stored(List<StoredTensor> tensors) {
    Path file = folder.resolve("base.safetensors");
    SafetensorsWriter.write(file, Map.of(), tensors);
    return SafetensorsFile.open(file);
  }

  private static int size(List<Long> shape) {
    return Math.toIntExact(shape.stream().reduce(1L, (a, b) -> a * b));
  }
}
