package dev.rankwise.adapters.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.vora.VoraAdapter;
import dev.rankwise.models.Golden;
import dev.rankwise.models.VoraCase;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.RankwiseException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.StoredTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The folder of an adapter by which a decoder sees. */
final class TestVisionFiles {
  private static final AdapterCard CARD = AdapterCard.of("0", "some/base", "abc");
  private static final String EMBEDDING = "vision_embedding.safetensors";
  private static final String HEADS = "distillation_heads.safetensors";

  @TempDir Path folder;
  private VoraCase golden;
  private Adapter adapter;
  private Path written;

  @BeforeEach
  void write() throws IOException {
    golden = VoraCase.of(Golden.own("vora"), folder.resolve("base"));
    adapter = VoraAdapter.of(golden, VoraAdapter.plan(golden, golden.adapted()));
    written = folder.resolve("adapter");
    PeftDirectory.create(written, adapter, CARD);
  }

  @Test
  void whatIsWrittenIsReadAgain() {
    Adapter read = PeftDirectory.read(written, golden.plain(), "abc");

    assertThat(read.values()).isEqualTo(adapter.values());
    assertThat(read.plan().base()).isEqualTo(adapter.plan().base());
    assertThat(read.plan().method().name()).isEqualTo("vora");
    assertThat(read.plan().layout()).isEqualTo(adapter.plan().layout());
  }

  /** Without the files beside, the folder is an ordinary adapter of the plain decoder. */
  @Test
  void theFactorsAloneAreLora() throws IOException {
    try (SafetensorsFile factors = SafetensorsFile.open(written.resolve(PeftDirectory.WEIGHTS))) {
      assertThat(factors.tensors().keySet())
          .hasSize(2 * 7 * golden.adapted())
          .allMatch(name -> name.startsWith("base_model.model.model.layers."));
    }
    for (String file : List.of(VisionFiles.CONFIG, EMBEDDING, HEADS)) {
      Files.delete(written.resolve(file));
    }

    Adapter lora = PeftDirectory.read(written, golden.plain(), "abc");

    JsonNode config = Golden.json(written.resolve(PeftConfig.FILE));
    assertThat(config.get("peft_type").textValue()).isEqualTo("LORA");
    assertThat(config.get("lora_alpha")).isEqualTo(config.get("r"));
    assertThat(config.get("layers_to_transform")).hasSize(golden.adapted());
    assertThat(config.get("modules_to_save").isNull()).isTrue();
    assertThat(lora.plan().method().name()).isEqualTo("lora");
    assertThat(lora.plan().base().vision()).isEmpty();
  }

  @Test
  void afterMergingTheEmbeddingStandsAlone() throws IOException {
    Adapter embedding = VisionFiles.embedding(adapter).orElseThrow();
    Path alone = folder.resolve("alone");
    PeftDirectory.create(alone, embedding, CARD);

    Adapter read = PeftDirectory.read(alone, golden.plain(), "abc");

    assertThat(alone.resolve(PeftConfig.FILE)).doesNotExist();
    assertThat(alone.resolve(HEADS)).doesNotExist();
    assertThat(Files.readString(alone.resolve(PeftDirectory.CARD)))
        .contains("which Rankwise loads and PEFT does not")
        .doesNotContain("Loading it with PEFT");
    assertThat(read.values()).isEqualTo(embedding.values());
    assertThat(read.plan().matched().adapted()).isEmpty();
    assertThat(read.plan().layout().tensors())
        .extracting(tensor -> tensor.name())
        .containsExactlyInAnyOrder(
            "vision_embedding.pos_embed",
            "vision_embedding.patchifier.proj.weight",
            "vision_embedding.patchifier.proj.bias",
            "vision_embedding.patchifier.norm.weight",
            "vision_embedding.out_proj.weight");
    AdapterPlan lora = AdapterPlan.of(golden.plain(), AdapterSpec.of("lora"));
    assertThat(VisionFiles.embedding(new Adapter(lora, new float[lora.layout().size()]))).isEmpty();
  }

  @Test
  void fieldsOutOfRangeAreRefusedByName() throws IOException {
    refused("format_version", "2", "this version reads 1 alone");
    refused("image_size", "18", "must be a multiple of patch_size 4");
    refused("image_size", "0", "must be a whole number from 1 to 16384");
    refused("patch_size", "null", "must be a whole number from 1 to 16");
    refused("num_channels", "65", "must be a whole number from 1 to 64");
    refused("intermediate_size", "-1", "must be a whole number from 1 to");
    refused("norm_eps", "0", "must be above 0 and at most 1");
    refused("image_attention", "\"none\"", "must be bidirectional or causal");
    refused("image_token_id", "7", "to -1");
    refused("distilled_blocks", "5000", "must be a whole number from 0 to 4096");
    refused("lora_r", "8", "this version does not know the field");
  }

  private void refused(String name, String value, String rule) throws IOException {
    Path config = written.resolve(VisionFiles.CONFIG);
    byte[] before = Files.readAllBytes(config);
    ObjectNode fields = (ObjectNode) Golden.json(config);
    Path one = Files.writeString(folder.resolve("value.json"), value);
    fields.set(name, Golden.json(one));
    Files.writeString(config, fields.toString());
    assertThatThrownBy(() -> PeftDirectory.read(written, golden.plain(), "abc"))
        .as(name)
        .isInstanceOf(RankwiseException.class)
        .hasMessageContaining(name)
        .hasMessageContaining(rule);
    Files.write(config, before);
  }

  @Test
  void aMissingOrForeignTensorIsNamed() throws IOException {
    Files.move(written.resolve(HEADS), folder.resolve("heads"));
    assertThatThrownBy(() -> PeftDirectory.read(written, golden.plain(), "abc"))
        .isInstanceOf(RankwiseException.class)
        .hasMessageContaining(HEADS);
    Files.copy(written.resolve(EMBEDDING), written.resolve(HEADS));
    assertThatThrownBy(() -> PeftDirectory.read(written, golden.plain(), "abc"))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("lies in another file too");
    Files.delete(written.resolve(HEADS));
    Files.move(folder.resolve("heads"), written.resolve(HEADS));
    without("vision_embedding.pos_embed");
    assertThatThrownBy(() -> PeftDirectory.read(written, golden.plain(), "abc"))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("tensors missing that its configuration means")
        .hasMessageContaining("vision_embedding.pos_embed");
  }

  private void without(String name) throws IOException {
    List<StoredTensor> kept = new ArrayList<>();
    Map<String, String> header;
    try (SafetensorsFile file = SafetensorsFile.open(written.resolve(EMBEDDING))) {
      header = file.metadata();
      file.tensors()
          .forEach(
              (own, tensor) -> {
                if (!own.equals(name)) {
                  kept.add(StoredTensor.ofFloats(own, tensor.shape(), file.floats(own)));
                }
              });
    }
    Files.delete(written.resolve(EMBEDDING));
    SafetensorsWriter.write(written.resolve(EMBEDDING), header, kept);
  }

  @Test
  void aBaseThatCannotSeeIsRefused() {
    ModelConfig gpt2 = ModelConfig.read(Golden.own("models/gpt2/config.json"));
    assertThatThrownBy(() -> PeftDirectory.read(written, gpt2, "abc"))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("cannot be made to see");
    ModelConfig plain = golden.plain();
    assertThatThrownBy(() -> plain.seeing(golden.vision(4)))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("Cannot compare 4 blocks with a teacher: the base has 3");
    assertThatThrownBy(() -> AdapterPlan.of(plain, AdapterSpec.of("vora")))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("needs a base that sees");
  }
}
