package dev.rankwise.models.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class TestDecoderFields {
  @TempDir Path folder;

  @Test
  void bothSpellingsOfTheRotaryEmbeddingAreOneConfiguration() throws IOException {
    ModelConfig older =
        read(
            "llama",
            "\"rope_theta\": 5e5, \"torch_dtype\": \"bfloat16\", \"rope_scaling\": {\"type\":"
                + " \"llama3\", \"factor\": 8.0, \"low_freq_factor\": 1.0, \"high_freq_factor\":"
                + " 4.0, \"original_max_position_embeddings\": 16}");
    ModelConfig newer =
        read(
            "llama",
            "\"dtype\": \"bfloat16\", \"rope_parameters\": {\"rope_type\": \"llama3\","
                + " \"rope_theta\": 5e5, \"factor\": 8.0, \"low_freq_factor\": 1.0,"
                + " \"high_freq_factor\": 4.0, \"original_max_position_embeddings\": 16}");
    assertThat(newer).isEqualTo(older);
    assertThat(rotary(newer)).isEqualTo(new Rotary(4, 5e5, new Rotary.Llama3(8, 1, 4, 16)));
  }

  @Test
  void rotaryEmbeddingsHaveTheDefaultsOfTransformers() throws IOException {
    Rotary plain = new Rotary(4, 10_000, new Rotary.Unscaled());
    assertThat(rotary(read("llama", ""))).isEqualTo(plain);
    assertThat(rotary(read("mistral", "\"rope_scaling\": null"))).isEqualTo(plain);
    assertThat(rotary(read("phi3", "\"partial_rotary_factor\": 0.5")).size()).isEqualTo(2);
    assertThat(rotary(read("llama", "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2}")))
        .isEqualTo(new Rotary(4, 10_000, new Rotary.Linear(2)));
    assertThat(
            rotary(
                read(
                    "llama",
                    "\"rope_scaling\": {\"rope_type\": \"llama3\", \"factor\": 2,"
                        + " \"low_freq_factor\": 1, \"high_freq_factor\": 4}")))
        .as("what was trained on is the longest sequence unless it is said")
        .isEqualTo(new Rotary(4, 10_000, new Rotary.Llama3(2, 1, 4, 64)));
    assertThat(
            ModelConfig.read(write("{\"model_type\": \"gpt2\", \"n_head\": 12}"))
                .decoder()
                .get()
                .rotary())
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "llama   |                                                             | 0 0",
        "mistral |                                                             | 4096 4096",
        "mistral | \"sliding_window\": null                                    | 0 0",
        "mistral | \"sliding_window\": 5                                       | 5 5",
        "qwen2   | \"sliding_window\": 5                                       | 0 0",
        "qwen2   | \"sliding_window\": 5, \"use_sliding_window\": true         | 0 0",
        "qwen2   | \"sliding_window\": 5, \"use_sliding_window\": true, \"max_window_layers\": 1 |"
            + " 0 5",
        "qwen3   | \"sliding_window\": 5, \"use_sliding_window\": true, \"layer_types\":"
            + " [\"sliding_attention\", \"full_attention\"] | 5 0",
        "phi3    |                                                             | 0 0",
        "phi3    | \"sliding_window\": 7                                       | 7 7",
        "gemma2  |                                                             | 4096 0",
        "gemma2  | \"sliding_window\": 6, \"layer_types\":"
            + " [\"full_attention\", \"sliding_attention\"] | 0 6",
      })
  void windowsAreThoseOfTheFamily(String family, String fields, String windows) throws IOException {
    List<Integer> expected = Stream.of(windows.split(" ")).map(Integer::valueOf).toList();
    assertThat(read(family, fields == null ? "" : fields).decoder().get().windows())
        .isEqualTo(expected);
  }

  @Test
  void gemmaBoundsAndScalesItsScores() throws IOException {
    DecoderConfig usual = read("gemma2", "").decoder().orElseThrow();
    assertThat(usual.attentionCap()).isEqualTo(50);
    assertThat(usual.answerCap()).isEqualTo(30);
    assertThat(usual.attentionScale()).isEqualTo(1.0 / 16);
    assertThat(usual.embeddingScale()).isEqualTo(4);
    DecoderConfig off =
        read("gemma2", "\"attn_logit_softcapping\": null, \"final_logit_softcapping\": null")
            .decoder()
            .orElseThrow();
    assertThat(off.attentionCap()).isZero();
    assertThat(off.answerCap()).isZero();
  }

  @Test
  void headsAndBiasesAreThoseOfTheFamily() throws IOException {
    assertThat(read("qwen3", "").headSize()).isEqualTo(128);
    assertThat(read("qwen2", "\"num_key_value_heads\": null").keyValueHeads()).isEqualTo(4);
    assertThat(read("gemma2", "").headSize()).isEqualTo(256);
    ModuleTree qwen2 = ModuleTree.of(read("qwen2", "\"num_key_value_heads\": 2"));
    assertThat(qwen2.module("layers.0.self_attn.q_proj").bias()).isTrue();
    assertThat(qwen2.module("layers.0.self_attn.o_proj").bias()).isFalse();
    assertThat(qwen2.module("layers.0.self_attn.k_proj").outFeatures()).isEqualTo(8);
    assertThat(
            ModelConfig.read(
                    write(
                        "{\"model_type\": \"gpt2\", \"n_head\": 12, \"scale_attn_weights\":"
                            + " false}"))
                .decoder()
                .map(DecoderConfig::attentionScale))
        .isEqualTo(Optional.of(1.0));
  }

  static Stream<Arguments> wrong() {
    return Stream.of(
        arguments(
            "llama", "\"num_key_value_heads\": 3", "num_key_value_heads is 3 and must divide 4"),
        arguments(
            "llama",
            "\"hidden_size\": 18",
            "num_attention_heads is 4 and must divide the width 18"),
        arguments("llama", "\"head_dim\": 3", "head_dim is 3 and must give an even number"),
        arguments("llama", "\"rope_theta\": 0", "rope_theta is 0"),
        arguments("llama", "\"rope_scaling\": [1]", "rope_scaling is [1] and must be an object"),
        arguments("llama", "\"rope_scaling\": {\"type\": \"linear\"}", "factor is missing"),
        arguments(
            "llama",
            "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 0.5}",
            "factor is 0.5 and must be at least 1"),
        arguments(
            "llama",
            "\"rope_scaling\": {\"type\": \"llama3\", \"factor\": 2, \"low_freq_factor\": 4,"
                + " \"high_freq_factor\": 4}",
            "high_freq_factor is 4.0 and must be above low_freq_factor 4.0"),
        arguments("gemma2", "\"layer_types\": [\"full_attention\"]", "must be a list of 2 names"),
        arguments(
            "gemma2", "\"layer_types\": [\"full_attention\", 3]", "must be a list of 2 names"),
        arguments("mistral", "\"sliding_window\": 0", "sliding_window is 0"));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void fieldsThatCannotBeAreRefused(String family, String fields, String message) {
    assertThatThrownBy(() -> read(family, fields))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining(message);
  }

  static Stream<Arguments> unsupported() {
    return Stream.of(
        arguments(
            "llama",
            "\"rope_scaling\": {\"rope_type\": \"spiral\", \"factor\": 2}",
            "rope_type \"spiral\", which is not supported: supported are default, linear, llama3"),
        arguments(
            "phi3",
            "\"rope_scaling\": {\"type\": \"longrope\", \"short_factor\": [1], \"long_factor\":"
                + " [1]}",
            "rope_type \"longrope\""),
        arguments(
            "gemma2",
            "\"layer_types\": [\"full_attention\", \"chunked_attention\"]",
            "layer_types"),
        arguments("gemma2", "\"use_bidirectional_attention\": true", "use_bidirectional_attention"),
        arguments(
            "qwen3", "\"architectures\": [\"Qwen3ForTokenClassification\"]", "architectures"));
  }

  @ParameterizedTest
  @MethodSource("unsupported")
  void variantsThatAreNotComputedAreRefused(String family, String fields, String message) {
    assertThatThrownBy(() -> read(family, fields))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining(message)
        .hasMessageEndingWith("choose another base");
  }

  private static Rotary rotary(ModelConfig config) {
    return config.decoder().orElseThrow().rotary().orElseThrow();
  }

  /** A base of that family; fields that are given win over those of the others. */
  private ModelConfig read(String family, String fields) throws IOException {
    StringBuilder json = new StringBuilder("{\"model_type\": \"" + family + "\"");
    Stream.of(
            "\"hidden_size\": 16",
            "\"num_attention_heads\": 4",
            "\"num_key_value_heads\": 4",
            "\"num_hidden_layers\": 2",
            "\"intermediate_size\": 16",
            "\"vocab_size\": 10",
            "\"max_position_embeddings\": 64")
        .filter(field -> !fields.contains(field.substring(0, field.indexOf(':') + 1)))
        .forEach(field -> json.append(", ").append(field));
    json.append(fields.isEmpty() ? "" : ", " + fields).append('}');
    return ModelConfig.read(write(json.toString()));
  }

  private Path write(String json) throws IOException {
    return Files.writeString(folder.resolve("config.json"), json);
  }
}
