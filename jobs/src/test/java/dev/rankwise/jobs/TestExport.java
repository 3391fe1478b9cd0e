package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.Golden;
import dev.rankwise.models.format.GgufFile;
import dev.rankwise.models.format.SafetensorsFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Adapters that PEFT wrote, as llama.cpp and vLLM read them. */
final class TestExport {
  private static final String LAYER = "base_model.model.model.layers.1.";

  @TempDir Path folder;

  /** Heads of 12 numbers: number i of a half comes beside its partner of the other half. */
  @Test
  void aFileForLlamaCppHasQueriesAndKeysInItsOrder() {
    GgufFile made = gguf("lora-llama", "llama");

    assertThat(made.keys())
        .containsEntry("general.architecture", "llama")
        .containsEntry("general.type", "adapter")
        .containsEntry("adapter.type", "lora")
        .containsKeys("rankwise.base_sha256", "rankwise.adapter_sha256");
    float[] written = made.values().get("blk.1.attn_q.weight.lora_b");
    float[] own = floats("lora-llama", LAYER + "self_attn.q_proj.lora_B.weight");
    int rank = own.length / 48;
    assertThat(made.shapes().get("blk.1.attn_q.weight.lora_b"))
        .isEqualTo(List.of((long) rank, 48L));
    int[] order = {0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11};
    for (int row = 0; row < 48; row++) {
      int from = row / 12 * 12 + order[row % 12];
      for (int k = 0; k < rank; k++) {
        assertThat(written[row * rank + k]).isEqualTo(own[from * rank + k]);
      }
    }
    assertThat(made.values().get("blk.1.attn_q.weight.lora_a"))
        .isEqualTo(floats("lora-llama", LAYER + "self_attn.q_proj.lora_A.weight"));
    assertThat(made.values().get("blk.1.ffn_down.weight.lora_b"))
        .isEqualTo(floats("lora-llama", LAYER + "mlp.down_proj.lora_B.weight"));
  }

  @ParameterizedTest
  @CsvSource({
    "lora-mistral, mistral, llama",
    "lora-qwen3, qwen3, qwen3",
    "lora-qwen2-qv, qwen2, qwen2",
    "lora-phi3, phi3, phi3",
    "lora-gpt2, gpt2, gpt2"
  })
  void everyFamilyHasItsArchitecture(String adapter, String base, String architecture) {
    GgufFile made = gguf(adapter, base);
    assertThat(made.keys()).containsEntry("general.architecture", architecture);
    assertThat(made.shapes().keySet())
        .isNotEmpty()
        .allMatch(name -> name.matches("blk[.][01][.](attn|ffn)_[a-z]+[.]weight[.]lora_[ab]"));
  }

  /** llama.cpp multiplies by alpha / rank, so what a module has beyond that is in its B. */
  @Test
  void aScaleThatTheFileHasNoPlaceForIsInTheFactor() {
    GgufFile made = gguf("rslora-llama", "llama");
    float alpha = (Float) made.keys().get("adapter.lora.alpha");
    float[] written = made.values().get("blk.1.attn_output.weight.lora_b");
    float[] own = floats("rslora-llama", LAYER + "self_attn.o_proj.lora_B.weight");
    double rank = made.shapes().get("blk.1.attn_output.weight.lora_b").get(0);
    for (int i = 0; i < own.length; i++) {
      double computed = alpha / rank * written[i];
      double meant = alpha / Math.sqrt(rank) * own[i];
      assertThat(computed).isCloseTo(meant, org.assertj.core.data.Offset.offset(1e-6));
    }
    assertThat(own).isNotEqualTo(written);
  }

  @Test
  void vllmGetsTheSameBytesAndIsToldItsRank() throws Exception {
    Path out = folder.resolve("served");
    CommandRun run = export("lora-qwen3", "qwen3", "vllm", out);

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out())
        .contains(
            "Serve      vllm serve ", " --enable-lora --max-lora-rank 8 --lora-modules NAME=");
    try (SafetensorsFile made = SafetensorsFile.open(out.resolve("adapter_model.safetensors"));
        SafetensorsFile given = open("lora-qwen3")) {
      assertThat(made.tensors().keySet()).isEqualTo(given.tensors().keySet());
      for (String name : given.tensors().keySet()) {
        assertThat(made.floats(name)).isEqualTo(given.floats(name));
      }
    }
    assertThat(export("lora-qwen3", "qwen3", "vllm", out).err())
        .contains("something lies there already");
  }

  @Test
  void patternsThatVllmPassesOverAreInTheFactors() throws Exception {
    Path out = folder.resolve("even");
    CommandRun run = export("lora-patterns-llama", "llama", "vllm", out);

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("Ranks      of all modules ");
    assertThat(Files.readString(out.resolve("adapter_config.json")))
        .contains("\"rank_pattern\": {}", "\"alpha_pattern\": {}");
  }

  @ParameterizedTest
  @CsvSource({
    "dora-llama, llama, gguf, method dora is more than two factors beside a weight; merge it",
    "dora-llama, llama, vllm, method dora is more than two factors beside a weight; merge it",
    "adalora-llama, llama, gguf, method adalora is more than two factors",
    "lora-embedding-llama, llama, vllm, 'it adapts model.embed_tokens'",
    "lora-bias, qwen2, vllm, beside its factors",
    "lora-gpt2, gpt2, vllm, bases of family gpt2 are not served with adapters",
    "lora-bert-seqcls, bert, gguf, bases of family bert are not served with adapters"
  })
  void whatAServerDoesNotComputeIsRefusedWithTheRemedy(
      String adapter, String base, String format, String message) {
    Path out = folder.resolve("none");
    CommandRun run = export(adapter, base, format, out);
    assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
    assertThat(run.err()).contains("Cannot export the adapter for ", message);
    assertThat(Files.exists(out)).isFalse();
  }

  @Test
  void anotherFormatIsRefusedWithThoseThatThereAre() {
    assertThat(export("lora-llama", "llama", "onnx", folder.resolve("none")).err())
        .contains("Invalid --format: \"onnx\" (must be one of gguf, vllm)");
  }

  private GgufFile gguf(String adapter, String base) {
    Path out = folder.resolve(adapter + ".gguf");
    CommandRun run = export(adapter, base, "gguf", out);
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("Serve      llama-server -m BASE.gguf --lora " + out);
    return GgufFile.read(out);
  }

  private static CommandRun export(String adapter, String base, String format, Path out) {
    return CommandRun.of(
        "export",
        Golden.own("adapters").resolve(adapter).toString(),
        "--base",
        Golden.own("models").resolve(base).toString(),
        "--format",
        format,
        "--out",
        out.toString());
  }

  private static SafetensorsFile open(String adapter) {
    return SafetensorsFile.open(
        Golden.own("adapters").resolve(adapter).resolve("adapter_model.safetensors"));
  }

  private static float[] floats(String adapter, String tensor) {
    try (SafetensorsFile file = open(adapter)) {
      return file.floats(tensor);
    }
  }
}
