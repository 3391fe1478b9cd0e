package dev.rankwise.adapters.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.format.TensorSpec;
import dev.rankwise.models.network.AdaptedProduct;
import dev.rankwise.models.quantized.BaseForm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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
        .containsExactlyInAnyOrderEntriesOf(
            Map.ofEntries(
                Map.entry(
                    "inner",
                    "torch.linear(torch.to(x, ${adapter}),"
                        + " torch.to(torch.cat([${t0}, ${t2}]), ${adapter}))"),
                Map.entry(
                    "factors_b",
                    "torch.block_diag([torch.mul(${t1}, 3.0), torch.empty([48, 0], dtype=6),"
                        + " torch.mul(${t3}, 2.3333333333333335)])"),
                Map.entry("scale", "1.0"),
                Map.entry("sum", "z"),
                // What goes back by hand: each factor by itself, with its rank, scale and first
                // row.
                Map.entry("stacked_a", "torch.cat([${t0}, ${t2}])"),
                Map.entry("each_a", "${t0}, ${t2}"),
                Map.entry("each_b", "${t1}, ${t3}"),
                Map.entry("gradients_a", "${g0}, ${g2}"),
                Map.entry("gradients_b", "${g1}, ${g3}"),
                Map.entry("ranks", "2, 3"),
                Map.entry("scales", "3.0, 2.3333333333333335"),
                Map.entry("starts", "0, 96"),
                Map.entry("masks", "${d0}, ${d1}")));
    assertThat(plan.attachment().product(group.subList(1, 2))).isEmpty();
  }

  @Test
  void aScaleThatAllShareIsLeftToTheProductAndASingleFactorIsNotCopied() {
    AdapterPlan plan = AdapterPlan.of(BERT, AdapterSpec.of("lora").withRank(4, 8));
    String self = "bert.encoder.layer.0.attention.self.";
    List<ModuleShape> query = List.of(plan.matched().tree().module(self + "query"));
    assertThat(plan.attachment().product(query).orElseThrow().substitutions())
        .containsAllEntriesOf(
            Map.of(
                "inner",
                "torch.linear(torch.to(x, ${adapter}), torch.to(${t0}, ${adapter}))",
                "stacked_a",
                "${t0}",
                "factors_b",
                "${t1}",
                "scale",
                "2.0",
                "scales",
                "2.0"));
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

  /** Counted by hand from the shapes in the file's header. */
  @Test
  void frozenBytesAreThoseOfWhatIsNotTrained() throws IOException {
    Path weights = Golden.own("models/llama/model.safetensors");
    ModelConfig llama = ModelConfig.read(Golden.own("models/llama/config.json"));
    AdapterPlan plan =
        AdapterPlan.of(llama, AdapterSpec.of("lora").withModulesToSave(List.of("norm")));
    long all = 0;
    long kept = 0;
    long linear = 0;
    long inFourBits = 0;
    for (Map.Entry<String, List<Long>> tensor : shapes(weights).entrySet()) {
      long numbers = tensor.getValue().stream().reduce(1L, (a, b) -> a * b);
      all += numbers;
      kept += tensor.getKey().equals("model.norm.weight") ? numbers : 0;
      if (tensor.getKey().endsWith("_proj.weight")) {
        long blocks = (numbers + 63) / 64;
        linear += numbers;
        // A nibble for each number, a byte for each block's scale, and what the scales are made of:
        // a map of 256 floats, an offset, and a float for 256 scales.
        inFourBits += blocks * 32 + blocks + 4 * (256 + 1 + (blocks + 255) / 256);
      }
    }
    assertThat(kept).isEqualTo(48);
    assertThat(frozen(plan, weights, BaseForm.DENSE, ElementType.F32)).isEqualTo(4 * (all - kept));
    assertThat(frozen(plan, weights, BaseForm.DENSE, ElementType.BF16)).isEqualTo(2 * (all - kept));
    BaseForm nf4 = BaseForm.labelled("nf4", "base.quantization");
    assertThat(frozen(plan, weights, nf4, ElementType.BF16))
        .isEqualTo(2 * (all - kept - linear) + inFourBits);
  }

  private static long frozen(AdapterPlan plan, Path weights, BaseForm form, ElementType type) {
    try (SafetensorsFile file = SafetensorsFile.open(weights)) {
      return plan.frozenBytes(BaseWeights.of(file, plan.matched().tree()).in(form, type), type);
    }
  }

  /** Shapes by name as the header has them: eight bytes of its length, then JSON. */
  private static Map<String, List<Long>> shapes(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    byte[] header = new byte[Math.toIntExact(bytes.getLong())];
    bytes.get(header);
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : new ObjectMapper().readTree(header).properties()) {
      List<Long> shape = new ArrayList<>();
      field.getValue().path("shape").forEach(length -> shape.add(length.longValue()));
      if (!field.getKey().equals("__metadata__")) {
        shapes.put(field.getKey(), shape);
      }
    }
    return shapes;
  }

  @Test
  void anUnknownMethodIsRefused() {
    assertThatThrownBy(() -> AdapterPlan.of(BERT, AdapterSpec.of("lorra")))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Unknown adapter method: \"lorra\" (must be one of [lora, dora, adalora, moe-lora, ia3,"
                + " vora, full, none])");
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
