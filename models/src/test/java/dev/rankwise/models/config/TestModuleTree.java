package dev.rankwise.models.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.models.Golden;
import dev.rankwise.models.GoldenSupport;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.StrictJson;
import dev.rankwise.models.format.TensorSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TestModuleTree {
  @Test
  void listsBertAsPyTorchRegistersIt() {
    ModuleTree tree = own("bert");
    assertThat(tree.modules().stream().map(ModuleShape::path))
        .startsWith(
            "bert",
            "bert.embeddings",
            "bert.embeddings.word_embeddings",
            "bert.embeddings.position_embeddings",
            "bert.embeddings.token_type_embeddings",
            "bert.embeddings.LayerNorm",
            "bert.embeddings.dropout",
            "bert.encoder",
            "bert.encoder.layer",
            "bert.encoder.layer.0",
            "bert.encoder.layer.0.attention",
            "bert.encoder.layer.0.attention.self",
            "bert.encoder.layer.0.attention.self.query",
            "bert.encoder.layer.0.attention.self.key",
            "bert.encoder.layer.0.attention.self.value",
            "bert.encoder.layer.0.attention.self.dropout",
            "bert.encoder.layer.0.attention.output",
            "bert.encoder.layer.0.attention.output.dense",
            "bert.encoder.layer.0.attention.output.LayerNorm",
            "bert.encoder.layer.0.attention.output.dropout",
            "bert.encoder.layer.0.intermediate",
            "bert.encoder.layer.0.intermediate.dense",
            "bert.encoder.layer.0.intermediate.intermediate_act_fn",
            "bert.encoder.layer.0.output",
            "bert.encoder.layer.0.output.dense",
            "bert.encoder.layer.0.output.LayerNorm",
            "bert.encoder.layer.0.output.dropout",
            "bert.encoder.layer.1")
        .endsWith(
            "bert.pooler", "bert.pooler.dense", "bert.pooler.activation", "dropout", "classifier");
    assertThat(tree.module("bert.pooler.dense").kind()).isEqualTo(ModuleKind.LINEAR);
  }

  @Test
  void leavesThePrefixAwayWhereNothingStandsOnTop() {
    ModelConfig classifier = own("bert").config();
    ModelConfig bare = plain(classifier, "BertModel");
    assertThat(ModuleTree.of(bare).modules().get(0).path()).isEqualTo("embeddings");
    assertThat(ModuleTree.of(bare).contains("pooler.dense")).isTrue();
    assertThat(ModuleTree.of(bare).contains("classifier")).isFalse();
  }

  @Test
  void knowsTheOutputEmbeddingAndTheTokenTable() {
    ModuleTree llama = own("llama");
    assertThat(llama.isOutputEmbedding("lm_head")).isTrue();
    assertThat(llama.isOutputEmbedding("model.embed_tokens")).isFalse();
    assertThat(llama.isTokenEmbedding("model.embed_tokens")).isTrue();
    assertThat(llama.tensors()).doesNotContainKey("lm_head.weight");
    ModuleTree bert = own("bert");
    assertThat(bert.isOutputEmbedding("classifier")).isFalse();
    assertThat(bert.isTokenEmbedding("bert.embeddings.position_embeddings")).isFalse();
    ModuleTree score = ModuleTree.of(llama.config().forClassification(List.of("a", "b")));
    assertThat(score.module("score"))
        .isEqualTo(
            new ModuleShape("score", ModuleKind.LINEAR, llama.config().hiddenSize(), 2, false));
    assertThat(score.isOutputEmbedding("lm_head")).isFalse();
  }

  @Test
  void namesAndShapesAreThoseOfTheFilesThatTransformersWrote() {
    int checked = 0;
    for (Path model : Golden.folders("models")) {
      Optional<ModuleTree> tree = given(model.getFileName().toString());
      if (tree.isEmpty()) {
        continue;
      }
      if (!Files.exists(model.resolve("model.safetensors"))) {
        Golden.skipped(model, "no weights here, only its configuration");
        continue;
      }
      try (SafetensorsFile file = SafetensorsFile.open(model.resolve("model.safetensors"))) {
        Map<String, List<Long>> inFile = new TreeMap<>();
        for (TensorSpec tensor : file.tensors().values()) {
          inFile.put(tensor.name(), tensor.shape());
        }
        Map<String, List<Long>> ours = new TreeMap<>();
        tree.get()
            .tensors()
            .forEach((name, shape) -> ours.put(tree.get().nameInFiles(name), shape));
        assertThat(ours).as(model.toString()).isEqualTo(inFile);
      }
      checked++;
    }
    Golden.requireSome("weights of models", checked, 2);
  }

  @Test
  void everyModuleThatPeftAdaptsHasItsSize() {
    int checked = 0;
    for (JsonNode test : matchedModules()) {
      JsonNode expected = test.get("expected");
      Optional<ModuleTree> tree = given(test.get("base").textValue());
      if (tree.isEmpty() || !expected.has("modules") || trainsMore(test.get("config"))) {
        continue;
      }
      long trainable = 0;
      for (Map.Entry<String, JsonNode> matched : expected.get("modules").properties()) {
        ModuleShape shape = tree.get().module(matched.getKey());
        trainable +=
            matched.getValue().get("r").longValue() * (shape.inFeatures() + shape.outFeatures());
      }
      for (JsonNode kept : expected.get("modules_to_save")) {
        trainable += elementsUnder(tree.get(), kept.textValue());
      }
      assertThat(trainable)
          .as("%s: %s", test.get("base"), test.get("case"))
          .isEqualTo(expected.get("trainable").longValue());
      checked++;
    }
    Golden.requireSome("matched modules on a base that is read", checked, 39);
  }

  @Test
  void theLinearModulesAreThoseThatPeftCallsLinear() {
    int checked = 0;
    for (JsonNode test : matchedModules()) {
      Optional<ModuleTree> tree = given(test.get("base").textValue());
      if (tree.isEmpty() || !isAllLinear(test.get("config"))) {
        continue;
      }
      List<String> linear = new ArrayList<>();
      for (ModuleShape module : tree.get().modules()) {
        boolean product = module.kind() == ModuleKind.LINEAR || module.kind() == ModuleKind.CONV1D;
        if (product && !tree.get().isOutputEmbedding(module.path())) {
          linear.add(module.path());
        }
      }
      List<String> matched = new ArrayList<>();
      test.get("expected").get("modules").fieldNames().forEachRemaining(matched::add);
      assertThat(linear).containsExactlyInAnyOrderElementsOf(matched);
      checked++;
    }
    Golden.requireSome("matched modules of all-linear", checked, 2);
  }

  @Test
  void saysThatAModuleIsNotThere() {
    ModuleTree tree = own("bert");
    assertThatThrownBy(() -> tree.module("bert.decoder"))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Base BertForSequenceClassification has no module \"bert.decoder\"; use a path such as"
                + " \"bert.encoder.layer.0.attention.self.query\"");
  }

  @Test
  void refusesToTuneAPreTrainingHead() {
    ModelConfig config = own("bert").config();
    ModelConfig masked =
        new ModelConfig(
            config.modelType(),
            "BertForMaskedLM",
            ModelTask.PRETRAINING,
            config.hiddenSize(),
            config.layers(),
            config.heads(),
            config.keyValueHeads(),
            config.headSize(),
            config.intermediateSize(),
            config.vocabularySize(),
            config.maximumPositions(),
            config.typeVocabularySize(),
            config.normEpsilon(),
            config.activation(),
            config.padTokenId(),
            config.initializerRange(),
            List.of(),
            true,
            true,
            true,
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    assertThatThrownBy(() -> ModuleTree.of(masked))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("BertForMaskedLM ends in a pre-training head");
  }

  private static ModelConfig plain(ModelConfig config, String architecture) {
    return new ModelConfig(
        config.modelType(),
        architecture,
        ModelTask.HIDDEN_STATES,
        config.hiddenSize(),
        config.layers(),
        config.heads(),
        config.keyValueHeads(),
        config.headSize(),
        config.intermediateSize(),
        config.vocabularySize(),
        config.maximumPositions(),
        config.typeVocabularySize(),
        config.normEpsilon(),
        config.activation(),
        config.padTokenId(),
        config.initializerRange(),
        List.of(),
        true,
        true,
        true,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** Whether all linear modules are asked for, and nothing else that decides which they are. */
  private static boolean isAllLinear(JsonNode config) {
    return config.path("target_modules").asText().equals("all-linear")
        && Stream.of("exclude_modules", "layers_to_transform", "modules_to_save", "task_type")
            .noneMatch(config::has);
  }

  /** Whether more is trained than the factors and the modules to save. */
  private static boolean trainsMore(JsonNode config) {
    return Stream.of("bias", "lora_bias", "trainable_token_indices", "use_dora")
        .anyMatch(config::has);
  }

  private static long elementsUnder(ModuleTree tree, String path) {
    return tree.tensors().entrySet().stream()
        .filter(tensor -> tensor.getKey().startsWith(path + "."))
        .mapToLong(tensor -> tensor.getValue().stream().reduce(1L, Math::multiplyExact))
        .sum();
  }

  private static JsonNode matchedModules() {
    return StrictJson.read(Golden.file("matched-modules.json"), 16 << 20).get("cases");
  }

  private static ModuleTree own(String model) {
    return ModuleTree.of(ModelConfig.read(Golden.own("models/" + model + "/config.json")));
  }

  private static Optional<ModuleTree> given(String model) {
    Path folder = Golden.given("models").resolve(model);
    Optional<String> unread = GoldenSupport.baseUnread(folder);
    if (unread.isPresent()) {
      Golden.skipped(folder, unread.get());
      return Optional.empty();
    }
    return Optional.of(ModuleTree.of(ModelConfig.read(folder.resolve("config.json"))));
  }
}
