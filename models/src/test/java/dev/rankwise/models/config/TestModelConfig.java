package dev.rankwise.models.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.rankwise.models.Golden;
import dev.rankwise.models.GoldenSupport;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TestModelConfig {
  private static final String BERT =
      """
      {"model_type": "bert", "hidden_size": 8, "num_attention_heads": 2,
       "num_hidden_layers": 1, "intermediate_size": 16, "vocab_size": 10,
       "max_position_embeddings": 12%s}
      """;

  @TempDir Path folder;

  @Test
  void takesTheDefaultsOfTheFamily() throws IOException {
    ModelConfig config = read(BERT.formatted(""));
    assertThat(config)
        .isEqualTo(
            new ModelConfig(
                "bert",
                "BertModel",
                ModelTask.HIDDEN_STATES,
                8,
                1,
                2,
                2,
                4,
                16,
                10,
                12,
                2,
                1e-12,
                Activation.GELU,
                0,
                0.02,
                List.of(),
                true,
                true,
                true,
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));
  }

  @Test
  void readsClassesInTheOrderOfTheirNumbers() throws IOException {
    ModelConfig config =
        read(
            BERT.formatted(
                ", \"architectures\": [\"BertForSequenceClassification\"],"
                    + " \"id2label\": {\"1\": \"b\", \"0\": \"a\", \"2\": \"c\"}"));
    assertThat(config.labels()).containsExactly("a", "b", "c");
    assertThat(config.withLabels(List.of("x", "y")).labels()).containsExactly("x", "y");
    ModelConfig two =
        read(BERT.formatted(", \"architectures\": [\"BertForSequenceClassification\"]"));
    assertThat(two.labels()).containsExactly("LABEL_0", "LABEL_1");
  }

  @Test
  void readsOneHeadOfEightInLlamaAndTheWidthOfGpt2() throws IOException {
    ModelConfig llama =
        read(
            """
            {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 64,
             "num_attention_heads": 8, "num_key_value_heads": 1, "num_hidden_layers": 1,
             "intermediate_size": 16, "vocab_size": 10, "pad_token_id": null}
            """);
    assertThat(llama.keyValueHeads()).isEqualTo(1);
    assertThat(llama.headSize()).isEqualTo(8);
    assertThat(llama.padTokenId()).isEqualTo(-1);
    assertThat(llama.tiedEmbeddings()).isFalse();
    assertThat(llama.activation()).isEqualTo(Activation.SILU);
    ModelConfig gpt2 =
        read("{\"model_type\": \"gpt2\", \"n_embd\": 12, \"n_head\": 3, \"n_inner\": null}");
    assertThat(gpt2.intermediateSize()).isEqualTo(48);
    assertThat(gpt2.activation()).isEqualTo(Activation.GELU_TANH);
    assertThat(gpt2.architecture()).isEqualTo("GPT2Model");
  }

  @ParameterizedTest
  @ValueSource(strings = {"BertModel", "BertForMaskedLM", "BertForPreTraining"})
  void putsAClassifierOnAnyBaseOfTheFamily(String architecture) throws IOException {
    ModelConfig config =
        read(BERT.formatted(", \"architectures\": [\"" + architecture + "\"]"))
            .forClassification(List.of("yes", "no"));
    assertThat(config.architecture()).isEqualTo("BertForSequenceClassification");
    assertThat(config.task()).isEqualTo(ModelTask.SEQUENCE_CLASSIFICATION);
    assertThat(config.labels()).containsExactly("yes", "no");
  }

  @Test
  void refusesClassesThatCannotBeTold() throws IOException {
    ModelConfig config = read(BERT.formatted(""));
    assertThatThrownBy(() -> config.forClassification(List.of("one")))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("at least two classes");
    assertThatThrownBy(() -> config.forClassification(List.of("a", "b", "a")))
        .hasMessageContaining("not 3 of which 2 differ");
    assertThatThrownBy(() -> config.withLabels(List.of("a", "b")))
        .hasMessageContaining("BertModel has no classes to name");
  }

  @Test
  void listsTheSupportedTypesWhenItMeetsAnotherOne() {
    assertThatThrownBy(() -> read("{\"model_type\": \"t5\"}"))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("has model_type \"t5\", which is not supported")
        .hasMessageContaining(
            "supported are bert, gemma2, gpt2, llama, mistral, phi3, qwen2, qwen3, roberta")
        .hasMessageContaining(folder.toString());
  }

  static Stream<Arguments> unsupportedVariants() {
    return Stream.of(
        arguments("\"is_decoder\": true", "is_decoder \"true\""),
        arguments("\"add_cross_attention\": true", "add_cross_attention"),
        arguments("\"position_embedding_type\": \"relative_key\"", "\"relative_key\""),
        arguments("\"hidden_act\": \"mish\"", "supported are gelu, gelu_new"),
        arguments(
            "\"architectures\": [\"BertForTokenClassification\"]", "BertForTokenClassification"),
        arguments("\"architectures\": [\"LlamaForCausalLM\"]", "LlamaForCausalLM"),
        arguments("\"quantization_config\": {\"quant_method\": \"gptq\"}", "\"gptq\""),
        arguments("\"quantization_config\": {\"quant_method\": \"awq\"}", "\"awq\""),
        arguments("\"quantization_config\": {\"load_in_8bit\": true}", "load_in_8bit"));
  }

  @ParameterizedTest
  @MethodSource("unsupportedVariants")
  void refusesAVariantThatIsNotComputed(String field, String message) {
    assertThatThrownBy(() -> read(BERT.formatted(", " + field)))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining(message)
        .hasMessageEndingWith("choose another base");
  }

  static Stream<Arguments> wrongFields() {
    return Stream.of(
        arguments("\"layer_norm_eps\": 0", "layer_norm_eps is 0"),
        arguments("\"layer_norm_eps\": -1e-12", "layer_norm_eps is -1.0E-12"),
        arguments("\"layer_norm_eps\": \"1e-12\"", "layer_norm_eps is \"1e-12\""),
        arguments("\"initializer_range\": 1e999", "initializer_range"),
        arguments("\"type_vocab_size\": 2.5", "type_vocab_size is 2.5"),
        arguments("\"type_vocab_size\": 99999999999999999999", "type_vocab_size is 99999"),
        arguments("\"pad_token_id\": 10", "from 0 to 9"),
        arguments("\"is_decoder\": 0", "must be true or false"),
        arguments("\"hidden_act\": 3", "must be a text"),
        arguments("\"architectures\": []", "must be a list with one name"),
        arguments("\"architectures\": \"BertModel\"", "must be a list with one name"),
        arguments("\"type_vocab_size\": 1, \"type_vocab_size\": 1", "Duplicate field"),
        arguments(
            "\"architectures\": [\"BertForSequenceClassification\"],"
                + " \"id2label\": {\"0\": \"a\", \"2\": \"b\"}",
            "must map the numbers from 0 without a gap to texts"),
        arguments(
            "\"architectures\": [\"BertForSequenceClassification\"], \"id2label\": {}",
            "must hold 1 to 65536 classes"));
  }

  @ParameterizedTest
  @MethodSource("wrongFields")
  void refusesAFieldOutOfItsRange(String field, String message) {
    assertThatThrownBy(() -> read(BERT.formatted(", " + field)))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining(folder.toString())
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hidden_size",
        "num_attention_heads",
        "num_hidden_layers",
        "intermediate_size",
        "vocab_size",
        "max_position_embeddings",
        "model_type"
      })
  void saysWhichFieldIsMissing(String field) {
    String without = BERT.formatted("").replace(field, "other");
    assertThatThrownBy(() -> read(without))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining(field + " is missing and is needed")
        .hasMessageEndingWith("fetch the base again or mend the file");
  }

  @Test
  void refusesHeadsThatDoNotDivideTheWidth() {
    assertThatThrownBy(() -> read(BERT.formatted("").replace("heads\": 2", "heads\": 3")))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("num_attention_heads is 3 and must divide the width 8");
  }

  @Test
  void readsEveryGoldenConfigurationOfASupportedFamily() {
    int read = 0;
    for (Path model : Golden.folders("models")) {
      Optional<String> unread = GoldenSupport.baseUnread(model);
      if (unread.isPresent()) {
        Golden.skipped(model, unread.get());
      } else {
        ModelConfig config = ModelConfig.read(model.resolve("config.json"));
        assertThat(config.heads() % config.keyValueHeads()).isZero();
        read++;
      }
    }
    Golden.requireSome("configurations of models", read, 4);
  }

  private ModelConfig read(String json) throws IOException {
    return ModelConfig.read(Files.writeString(folder.resolve("config.json"), json));
  }
}
