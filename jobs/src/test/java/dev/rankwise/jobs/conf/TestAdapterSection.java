package dev.rankwise.jobs.conf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.datasets.shard.ExampleKind;
import dev.rankwise.models.Golden;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.VisionEmbedding;
import dev.rankwise.models.config.VisionEmbedding.Attention;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.pipeline.vision.AskedAdapter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a recipe of method {@code vora} comes to: sizes by teacher, by base and by key. */
final class TestAdapterSection {
  private static final String LLAMA = Golden.given("models").resolve("llama").toString();
  private static final String VIT = Golden.given("models").resolve("vit").toString();

  @TempDir Path folder;

  private final BaseDirectory base = SparkBases.source().resolve(LLAMA);

  @Test
  void theTeacherSaysWhatTheRecipeLeavesOpen() {
    AskedAdapter asked = asked("adapter.teacher=" + VIT);

    VisionEmbedding vision = asked.spec().vision().embedding().orElseThrow();
    assertThat(vision.images().side()).isEqualTo(16);
    assertThat(vision.images().patch()).isEqualTo(4);
    assertThat(vision.width()).isEqualTo(32);
    assertThat(vision.distilled()).isEqualTo(2);
    assertThat(vision.attention()).isEqualTo(Attention.BIDIRECTIONAL);
    assertThat(asked.teacher().orElseThrow().config().modelType()).isEqualTo("vit");
    assertThat(asked.pictures().orElseThrow().preparation().side()).isEqualTo(16);
  }

  @Test
  void everyLinearModuleOfTheFirstBlocksIsAdaptedAsItIs() {
    AskedAdapter asked = asked("adapter.image-layers=1", "adapter.rank=4");

    AdapterPlan plan = AdapterPlan.of(ModelConfig.read(base.config()), asked.spec());
    assertThat(plan.matched().adapted())
        .hasSize(7)
        .allSatisfy(
            module -> {
              assertThat(module.scale()).isEqualTo(1);
              assertThat(module.module().path()).startsWith("model.layers.0.");
            });
    assertThat(plan.base().vision().orElseThrow().distilled()).isZero();
    assertThat(plan.base().vision().orElseThrow().width()).isEqualTo(48);
    assertThat(asked("adapter.rank=4", "adapter.alpha=8").spec().alpha()).isEqualTo(8);
  }

  @Test
  void keysGoBeforeWhatTheBaseSays() {
    AdapterSpec spec =
        asked(
                "adapter.image-side=24",
                "adapter.image-patch=8",
                "adapter.image-width=20",
                "adapter.image-attention=causal",
                "adapter.targets=[q_proj, v_proj]",
                "adapter.layers=[1]")
            .spec();

    VisionEmbedding vision = spec.vision().embedding().orElseThrow();
    assertThat(vision.images().patches()).isEqualTo(9);
    assertThat(vision.width()).isEqualTo(20);
    assertThat(vision.attention()).isEqualTo(Attention.CAUSAL);
    assertThat(spec.targets().entries()).containsExactly("q_proj", "v_proj");
    assertThat(spec.layers()).containsExactly(1);
  }

  @Test
  void whatDoesNotFitIsRefused() {
    refused("(must read pictures); name a ViT", "adapter.teacher=" + LLAMA);
    refused(
        "adapter.image-side is 32, and the teacher \"" + VIT + "\" has 16",
        "adapter.teacher=" + VIT,
        "adapter.image-side=32");
    refused(
        "adapter.image-width is 48, and the teacher",
        "adapter.teacher=" + VIT,
        "adapter.image-width=48");
    refused(
        "adapter.image-patch is 8, and the teacher \"" + VIT + "\" has 4",
        "adapter.teacher=" + VIT,
        "adapter.image-patch=8");
    refused("Cannot adapt 3 blocks of LlamaForCausalLM, which has 2", "adapter.image-layers=3");
    refused("Invalid adapter.image-side: 30 pixels, with patches of 16", "adapter.image-side=30");
  }

  @Test
  void aTeacherOfMoreBlocksThanTheDecoderNeedsANumberOfThem() throws IOException {
    Path deep = Files.createDirectory(folder.resolve("deep"));
    for (String file : List.of("config.json", "model.safetensors")) {
      Files.copy(Path.of(VIT, file), deep.resolve(file));
    }
    String config = Files.readString(deep.resolve("config.json"));
    Files.writeString(
        deep.resolve("config.json"),
        config.replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3"));

    refused(
        "Cannot adapt 3 blocks of LlamaForCausalLM, which has 2 (as many as the teacher has); set"
            + " adapter.image-layers to 2 at most",
        "adapter.teacher=" + deep);
    VisionEmbedding vision =
        asked("adapter.teacher=" + deep, "adapter.image-layers=1")
            .spec()
            .vision()
            .embedding()
            .orElseThrow();
    assertThat(vision.distilled()).isEqualTo(1);
  }

  private void refused(String why, String... sets) {
    assertThatThrownBy(() -> asked(sets))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining(why);
  }

  private AskedAdapter asked(String... sets) {
    List<String> all = new ArrayList<>(List.of("adapter.method=vora"));
    all.addAll(List.of(sets));
    Recipe recipe =
        Recipe.parse("base: {model: \"%s\"}\ndata: {source: a.jsonl}\n".formatted(LLAMA), "r", all);
    return recipe.adapter().on(base, ExampleKind.SEQUENCES);
  }
}
