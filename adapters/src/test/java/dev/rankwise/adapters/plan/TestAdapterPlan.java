package dev.rankwise.adapters.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.adapters.Specs;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.models.Golden;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.AdaptedProduct;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class TestAdapterPlan {
  private static final ModelConfig BERT = ModelConfig.read(Golden.path("models/bert/config.json"));

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
        .isEqualTo(
            Map.of(
                "factors_a",
                "${t0}, ${t2}",
                "factors_b",
                "torch.mul(${t1}, 3.0), torch.empty([48, 0], dtype=6), torch.mul(${t3},"
                    + " 2.3333333333333335)"));
    assertThat(plan.attachment().product(group.subList(1, 2))).isEmpty();
  }

  @Test
  void anUnknownMethodIsRefused() {
    assertThatThrownBy(() -> AdapterPlan.of(BERT, AdapterSpec.of("lorra")))
        .isInstanceOf(UserInputException.class)
        .hasMessage("Unknown adapter method: \"lorra\" (must be one of [lora, none])");
  }

  @Test
  void whatIsNotComputedIsRefusedByName() {
    ModelConfig llama = ModelConfig.read(Golden.path("models/llama/config.json"));
    AdapterSpec embedding =
        AdapterSpec.of("lora").withTargets(ModuleChoice.of(List.of("embed_tokens")));
    assertThatThrownBy(() -> AdapterPlan.of(llama, embedding))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot compute LoRA on module model.embed_tokens of kind embedding (only linear modules"
                + " are adapted); take it out of the targets, or name it among the modules to save");
    AdapterSpec lora = AdapterSpec.of("lora");
    AdapterSpec biased =
        new AdapterSpec(
            "lora",
            8,
            8,
            0,
            lora.scaling(),
            lora.initialisation(),
            lora.targets(),
            lora.excluded(),
            List.of(),
            List.of(),
            Map.of(),
            Map.of(),
            List.of(),
            true,
            "");
    assertThatThrownBy(() -> AdapterPlan.of(BERT, biased))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot compute an adapter with lora_bias: true (factor B has no bias here); set it to"
                + " false");
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
