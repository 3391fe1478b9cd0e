package dev.rankwise.adapters.merge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.adapters.Specs;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.SafetensorsWriter.Outline;
import dev.rankwise.models.format.TensorSpec;
import dev.rankwise.models.source.BaseDirectory;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Merging in a process that is allowed less than twice the largest weight, for everything: a second
 * copy of it, or one as doubles, would end the process.
 */
final class TestMergedMemory {
  private static final int ENTRIES = 49_152;
  private static final int SIZE = 256;

  /** As float32, as which they are written: 48 MiB. */
  private static final int LARGEST_BYTES = ENTRIES * SIZE * Float.BYTES;

  private static final int ALLOWED_MEBIBYTES = 88;
  private static final int ALLOWED_DIRECT_MEBIBYTES = 7;

  private static final String CONFIG =
      """
      {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": %s,
       "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 2,
       "intermediate_size": 32, "vocab_size": %s, "max_position_embeddings": 64,
       "tie_word_embeddings": false, "rms_norm_eps": 1e-6, "torch_dtype": "bfloat16"}
      """;

  @TempDir Path folder;

  /** Merges {@code arguments[0]} with an adapter of its table and its head into another folder. */
  static final class Merging {
    private Merging() {}

    public static void main(String[] arguments) {
      Path base = Path.of(arguments[0]);
      ModelConfig config = ModelConfig.read(base.resolve("config.json"));
      AdapterSpec spec =
          AdapterSpec.of("dora")
              .withRank(2, 4)
              .withTargets(ModuleChoice.of(List.of("embed_tokens", "lm_head", "q_proj")));
      AdapterPlan plan = AdapterPlan.of(config, spec);
      try (SafetensorsFile file = SafetensorsFile.open(base.resolve("model.safetensors"))) {
        BaseWeights weights = BaseWeights.of(file, plan.matched().tree());
        new MergedBase(
                MergedWeights.of(Specs.random(plan, 5), weights), new BaseDirectory(base, "none"))
            .write(Path.of(arguments[1]), Optional.of(ElementType.F32), Long.MAX_VALUE);
      }
      System.out.println("merged");
    }
  }

  @Test
  void lessThanTwiceTheLargestWeightIsEnough() throws Exception {
    assertThat((ALLOWED_MEBIBYTES + ALLOWED_DIRECT_MEBIBYTES) << 20).isLessThan(2 * LARGEST_BYTES);
    Path base = zeros();
    Path merged = Files.createDirectory(folder.resolve("merged"));

    Process process = merging(base, merged);
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).as(said).isZero();
    try (SafetensorsFile file = SafetensorsFile.open(merged.resolve("model.safetensors"))) {
      TensorSpec head = file.tensors().get("lm_head.weight");
      assertThat(head.type()).isEqualTo(ElementType.F32);
      assertThat(head.byteSize()).isEqualTo(LARGEST_BYTES);
    }
  }

  private static Process merging(Path base, Path merged) throws IOException {
    return new ProcessBuilder(
            System.getProperty("java.home") + File.separator + "bin/java",
            "-Xmx" + ALLOWED_MEBIBYTES + "m",
            "-XX:MaxDirectMemorySize=" + ALLOWED_DIRECT_MEBIBYTES + "m",
            // The whole heap but a little is for what lives long, in one piece.
            "-XX:+UseSerialGC",
            "-Xmn16m",
            "-cp",
            System.getProperty("java.class.path"),
            Merging.class.getName(),
            base.toString(),
            merged.toString())
        .redirectErrorStream(true)
        .start();
  }

  private Path zeros() throws IOException {
    Path base = Files.createDirectory(folder.resolve("base"));
    Files.writeString(base.resolve("config.json"), CONFIG.formatted(SIZE, ENTRIES));
    Map<String, List<Long>> tensors =
        ModuleTree.of(ModelConfig.read(base.resolve("config.json"))).tensors();
    List<Outline> outlines =
        tensors.entrySet().stream()
            .map(it -> new Outline(it.getKey(), ElementType.BF16, it.getValue()))
            .toList();
    SafetensorsWriter.write(
        base.resolve("model.safetensors"),
        Map.of("format", "pt"),
        outlines,
        name -> ByteBuffer.allocate(elements(tensors.get(name)) * ElementType.BF16.bytes()));
    return base;
  }

  private static int elements(List<Long> shape) {
    return Math.toIntExact(shape.stream().reduce(1L, Math::multiplyExact));
  }
}
