package dev.rankwise.adapters.peft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.adapters.Specs;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.models.Golden;
import dev.rankwise.models.config.ModelConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

final class TestModelCard {
  private static final ModelConfig BERT = ModelConfig.read(Golden.own("models/bert/config.json"));

  @Test
  void saysWhatTheAdapterIsAndHowToLoadIt() {
    assertThat(card())
        .startsWith(
            """
            ---
            base_model: "some/base"
            library_name: peft
            tags:
            - lora
            - rankwise
            ---

            # Adapter for some/base

            | property | value |
            | --- | --- |
            | method | lora |
            | rank | 2 (2 modules), 3 (5 modules), 5 (1 module) |
            | alpha | 6 (6 modules), 7 (2 modules) |
            | scale | alpha / rank |
            """)
        .contains(
            """
            | trained in full | bert.pooler, classifier |
            | classes | LABEL_0, LABEL_1, LABEL_2 |
            | base | some/base |
            | architecture | BertForSequenceClassification |
            | SHA-256 of the base | abc |
            | made by | rankwise 0.1.0 |
            """);
  }

  @Test
  void showsModulesAndWhatIsTold() {
    assertThat(card())
        .contains("| bert.encoder.layer.1.attention.self.value | 5 | 1.4 |\n")
        .contains(
            """
            ## Training data

            | what | value |
            | --- | --- |
            | training examples | 8000 |
            | evaluation examples | 2000 |

            ## Evaluation

            | figure | value |
            | --- | --- |
            | accuracy | 0.781 |
            """)
        .endsWith(
            """
            ```python
            from peft import PeftModel
            from transformers import AutoModelForSequenceClassification

            base = AutoModelForSequenceClassification.from_pretrained("some/base", num_labels=3)
            model = PeftModel.from_pretrained(base, "path/to/this/folder")
            ```
            """);
  }

  private static String card() {
    Map<String, String> data = new LinkedHashMap<>();
    data.put("training examples", "8000");
    data.put("evaluation examples", "2000");
    AdapterCard told =
        new AdapterCard(
            "0.1.0",
            "some/base",
            "abc",
            BaseHolding.usual(),
            OptionalInt.of(0),
            Map.of(),
            data,
            Map.of("accuracy", "0.781"));
    AdapterPlan plan = AdapterPlan.of(BERT, Specs.uneven(List.of("pooler")));
    return ModelCard.print(plan, told);
  }

  /** Of an adapter that was read and saved again nobody knows which numbers were trained. */
  @Test
  void saysWhatWasTrainedWhereThatIsKnown() {
    AdapterPlan plan = AdapterPlan.of(BERT, Specs.uneven(List.of("pooler")));
    String counted = String.format(Locale.ROOT, "%,d", plan.layout().size());
    assertThat(card()).contains("| trained parameters | " + counted + " |\n");
    assertThat(ModelCard.print(plan, AdapterCard.of("0.1.0", "some/base", "abc")))
        .contains("| parameters | " + counted + " |\n")
        .doesNotContain("trained parameters", "stood still");
  }

  @Test
  void showsBothOfTwoAdaptersThatAreSavedAsOne() {
    Map<String, String> both = new LinkedHashMap<>();
    both.put("first adapter", "rank 2, alpha 4");
    both.put("second adapter", "rank 3, alpha 6");
    AdapterCard told =
        new AdapterCard(
            "0.1.0",
            "some/base",
            "abc",
            BaseHolding.usual(),
            OptionalInt.of(7),
            both,
            Map.of(),
            Map.of());
    AdapterPlan plan = AdapterPlan.of(BERT, Specs.uneven(List.of("pooler")));
    assertThat(ModelCard.print(plan, told))
        .contains(
            """
            | scale | alpha / rank |
            | first adapter | rank 2, alpha 4 |
            | second adapter | rank 3, alpha 6 |
            | trained parameters |""")
        .contains("| parameters that stood still | 7 |\n");
  }

  @Test
  void loadsTheBaseInTheFourBitsThatItWasHeldIn() {
    AdapterPlan plan = AdapterPlan.of(BERT, Specs.uneven(List.of()));
    AdapterCard card = AdapterCard.of("0.1.0", "some/base", "abc");

    assertThat(ModelCard.print(plan, card)).doesNotContain("bits");
    assertThat(
            ModelCard.print(plan, card.trainedOn(BaseHolding.named("nf4", "bfloat16", "a test"))))
        .contains("| base held in | nf4 of bfloat16 |\n")
        .contains(
            """
            import torch
            from peft import PeftModel
            from transformers import AutoModelForSequenceClassification, BitsAndBytesConfig

            bits = BitsAndBytesConfig(
                load_in_4bit=True,
                bnb_4bit_quant_type="nf4",
                bnb_4bit_use_double_quant=True,
                bnb_4bit_compute_dtype=torch.bfloat16,
            )
            """)
        .contains(", quantization_config=bits, dtype=torch.bfloat16)\n");
    assertThat(
            ModelCard.print(
                plan, card.trainedOn(BaseHolding.named("fp4-single", "float32", "a test"))))
        .contains("bnb_4bit_quant_type=\"fp4\"", "double_quant=False", "dtype=torch.float32");
    assertThat(
            ModelCard.print(
                plan, card.trainedOn(BaseHolding.named("nf4-128", "bfloat16", "a test"))))
        .contains("(`rankwise quantize`)")
        .doesNotContain("BitsAndBytesConfig");
  }

  @Test
  void showsNoRankOfAMethodThatHasNone() {
    ModelConfig llama = ModelConfig.read(Golden.own("models/llama/config.json"));
    String card =
        ModelCard.print(
            AdapterPlan.of(llama, AdapterSpec.of("ia3")), AdapterCard.of("0.1.0", "a/b", "abc"));
    assertThat(card)
        .contains("| method | ia3 |\n| scale | none: outputs or inputs are multiplied |\n")
        .contains("| module |\n| --- |\n| model.layers.0.mlp.down_proj |\n");
  }

  @Test
  void leavesOutWhatIsNotToldAndBreaksNoTable() {
    ModelConfig odd = BERT.forClassification(List.of("a|b", "c\nd"));
    AdapterCard told = AdapterCard.of("0.1.0", "C:\\a \"base\"", "abc");
    String card = ModelCard.print(AdapterPlan.of(odd, Specs.uneven(List.of())), told);
    assertThat(card)
        .doesNotContain("## Training data", "## Evaluation")
        .contains("base_model: \"C:\\\\a \\\"base\\\"\"\n")
        .contains("| classes | a\\|b, c d |\n");
  }

  @Test
  void namesTheClassThatLoadsTheBase() {
    ModelConfig gpt2 = ModelConfig.read(Golden.own("models/gpt2/config.json"));
    String card =
        ModelCard.print(
            AdapterPlan.of(gpt2, AdapterSpec.of("lora").withRank(2, 3)),
            AdapterCard.of("0.1.0", "gpt2", "abc"));
    assertThat(card)
        .contains("AutoModelForCausalLM.from_pretrained(\"gpt2\")")
        .contains("| trained in full | nothing |\n")
        .contains("| transformer.h.0.attn.c_attn | 2 | 1.5 |\n")
        .doesNotContain("| classes |");
  }
}
