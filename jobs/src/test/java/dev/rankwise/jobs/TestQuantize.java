package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.models.Golden;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.quantized.BaseForm;
import dev.rankwise.models.quantized.QuantizedTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TestQuantize {
  @TempDir Path folder;

  /** GPT-2's products are stored (in, out), and in four bits as they are read. */
  @ParameterizedTest
  @CsvSource({"llama, nf4", "llama, fp4-128-single", "gpt2, nf4-single", "bert, fp4"})
  void whatIsWrittenIsWhatQuantisingOnTheWayGives(String family, String form) {
    Path base = Golden.own("models/" + family);
    Path out = folder.resolve("out");

    String told = quantize(base, out, "--quantization", form).endedWith(0).out();

    assertThat(told)
        .contains("of linear modules in " + form + ": 0.", "bytes a number", "differ by at most");
    ModuleTree tree = ModuleTree.of(ModelConfig.read(base.resolve("config.json")));
    try (SafetensorsFile own = SafetensorsFile.open(base.resolve("model.safetensors"));
        SafetensorsFile made = SafetensorsFile.open(out.resolve("model.safetensors"))) {
      BaseWeights expected =
          BaseWeights.of(own, tree).in(BaseForm.labelled(form, "form"), ElementType.F32);
      BaseWeights found = BaseWeights.of(made, tree);
      assertThat(found.present().keySet()).isEqualTo(expected.present().keySet());
      for (String name : expected.present().keySet()) {
        assertThat(found.layout(name)).as(name).isEqualTo(expected.layout(name));
        if (expected.layout(name).isPresent()) {
          QuantizedTensor tensor = found.quantized(name);
          assertThat(tensor.packed()).isEqualTo(expected.quantized(name).packed());
          assertThat(tensor.scales().absmax())
              .isEqualTo(expected.quantized(name).scales().absmax());
        } else {
          assertThat(found.bytes(name)).as(name).isEqualTo(expected.bytes(name));
        }
      }
    }
  }

  @Test
  void theConfigurationTellsTransformersHowToLoadIt() throws IOException {
    Path out = folder.resolve("out");
    quantize(Golden.own("models/llama"), out, "--dtype", "bfloat16").endedWith(0);

    JsonNode config = RunFolderFiles.json(out.resolve("config.json"));
    JsonNode quantization = config.path("quantization_config");
    assertThat(quantization.path("quant_method").asText()).isEqualTo("bitsandbytes");
    assertThat(quantization.path("bnb_4bit_quant_type").asText()).isEqualTo("nf4");
    assertThat(quantization.path("bnb_4bit_use_double_quant").asBoolean()).isTrue();
    assertThat(quantization.path("bnb_4bit_compute_dtype").asText()).isEqualTo("bfloat16");
    assertThat(quantization.path("llm_int8_skip_modules"))
        .extracting(JsonNode::asText)
        .containsExactly("lm_head");
    try (SafetensorsFile made = SafetensorsFile.open(out.resolve("model.safetensors"))) {
      assertThat(made.tensors().get("model.norm.weight").type()).isEqualTo(ElementType.BF16);
    }
  }

  @Test
  void severalFilesHoldTheSameTensors() throws IOException {
    Path base = Golden.own("models/llama");
    quantize(base, folder.resolve("one")).endedWith(0);
    quantize(base, folder.resolve("many"), "--shard-bytes", "20000").endedWith(0);

    try (SafetensorsFile one = SafetensorsFile.open(folder.resolve("one/model.safetensors"));
        SafetensorsFile many =
            SafetensorsFile.open(folder.resolve("many/model.safetensors.index.json"))) {
      assertThat(many.tensors().keySet()).isEqualTo(one.tensors().keySet());
      for (String name : one.tensors().keySet()) {
        assertThat(many.bytes(name)).as(name).isEqualTo(one.bytes(name));
      }
    }
    try (var files = Files.list(folder.resolve("many"))) {
      assertThat(files.filter(file -> file.toString().endsWith(".safetensors")))
          .hasSizeGreaterThan(2);
    }
  }

  @Test
  void nonsenseIsRefusedWithTheRule() {
    Path base = Golden.own("models/llama");
    Path out = folder.resolve("out");

    assertThat(quantize(base, out, "--quantization", "none").endedWith(2).error())
        .contains("Cannot quantise to \"none\": that is the base as it is");
    assertThat(quantize(base, out, "--quantization", "int3").endedWith(2).error())
        .contains("Invalid --quantization: \"int3\" (must be one of none, nf4,");
    assertThat(quantize(base, out, "--dtype", "int8").endedWith(2).error())
        .contains("Invalid --dtype: \"int8\" (must be float32, bfloat16 or float16)");
    assertThat(out).doesNotExist();
    quantize(base, out).endedWith(0);
    assertThat(quantize(base, out).endedWith(2).error()).contains("something lies there already");
    assertThat(quantize(out, folder.resolve("twice")).endedWith(2).error())
        .contains("is stored in four bits already; name the base it was made of");
    assertThat(folder.resolve("twice")).doesNotExist();
  }

  private static CommandRun quantize(Path base, Path out, String... options) {
    List<String> arguments =
        new ArrayList<>(List.of("quantize", base.toString(), "--out", out.toString()));
    arguments.addAll(List.of(options));
    return CommandRun.of(arguments.toArray(String[]::new));
  }
}
