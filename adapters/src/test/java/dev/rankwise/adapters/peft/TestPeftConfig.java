package dev.rankwise.adapters.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.ModuleMatcher.Strictness;
import dev.rankwise.adapters.spec.RankAllocation;
import dev.rankwise.adapters.spec.TrainedBeside;
import dev.rankwise.models.Golden;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("core")
final class TestPeftConfig {
  private static final ModelConfig BERT = ModelConfig.read(Golden.own("models/bert/config.json"));

  private Path file;

  @BeforeTry
  @BeforeEach
  void makeFile() throws IOException {
    file = Files.createTempFile("adapter_config", ".json");
    file.toFile().deleteOnExit();
  }

  @AfterTry
  void removeFile() throws IOException {
    Files.deleteIfExists(file);
  }

  @Test
  void absentFieldsTakePeftsDefaults() throws IOException {
    PeftConfig config = read("{}");
    assertThat(config.spec()).isEqualTo(AdapterSpec.of("lora"));
    assertThat(config.base()).isEmpty();
    assertThat(config.dora()).isFalse();
    assertThat(config.fanInFanOut()).isFalse();
  }

  @Test
  void everyFieldThatCountsIsRead() throws IOException {
    PeftConfig config =
        read(
            """
            {"r": 4, "lora_alpha": 2.5, "lora_dropout": 0.1, "use_rslora": true,
             "init_lora_weights": "gaussian", "target_modules": ["value", "query"],
             "exclude_modules": ".*0.*", "layers_to_transform": 1, "layers_pattern": "layer",
             "rank_pattern": {"value": 3, "query": 2}, "alpha_pattern": {"query": 1.5},
             "modules_to_save": ["pooler"], "task_type": "SEQ_CLS", "fan_in_fan_out": true,
             "base_model_name_or_path": "some/base", "peft_type": "LORA", "bias": "none",
             "peft_version": "0.30.0", "inference_mode": true, "loftq_config": {"bits": 4}}
            """);
    Map<String, Integer> ranks = new LinkedHashMap<>();
    ranks.put("value", 3);
    ranks.put("query", 2);
    assertThat(config.spec())
        .isEqualTo(
            new AdapterSpec(
                "lora",
                4,
                2.5,
                0.1,
                AdapterSpec.Scaling.BY_ROOT_OF_RANK,
                AdapterSpec.Initialisation.GAUSSIAN,
                ModuleChoice.of(List.of("value", "query")),
                ModuleChoice.of(".*0.*"),
                List.of(1),
                List.of("layer"),
                ranks,
                Map.of("query", 1.5),
                List.of("pooler"),
                TrainedBeside.nothing(),
                "SEQ_CLS"));
    assertThat(config.spec().rankPattern().keySet()).containsExactly("value", "query");
    assertThat(config.base()).isEqualTo("some/base");
    assertThat(config.fanInFanOut()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "velora_config",
        "kasa_config",
        "monteclora_config",
        "arrow_config",
        "use_bdlora",
        "alora_invocation_tokens",
        "layer_replication",
        "target_parameters",
        "use_qalora",
        "ensure_weight_tying"
      })
  void variantsAreRefusedByName(String field) throws IOException {
    assertThat(read("{\"" + field + "\": null}").dora()).isFalse();
    assertRefused(
        "{\"" + field + "\": [1]}",
        "Unsupported "
            + field
            + ": [1] in "
            + file
            + " (this variant of LoRA is not computed here)");
  }

  @Test
  void whatIsTrainedBesideIsReadAndWrittenAlike() throws IOException {
    for (String rows : List.of("[4, 2]", "{\"wte\": [4, 2], \"wpe\": [0]}", "null")) {
      for (String bias : List.of("none", "lora_only", "all")) {
        String config =
            "{\"target_modules\": [\"c_attn\"], \"lora_bias\": true, \"bias\": \"%s\","
                    .formatted(bias)
                + " \"trainable_token_indices\": %s}".formatted(rows);
        AdapterPlan plan =
            AdapterPlan.of(
                ModelConfig.read(Golden.own("models/gpt2/config.json")), read(config).spec());
        String written = PeftConfig.print(plan, "base");
        ObjectMapper mapper = new ObjectMapper();
        assertThat(mapper.readTree(written).get("trainable_token_indices"))
            .isEqualTo(mapper.readTree(rows));
        assertThat(read(written).spec().beside()).isEqualTo(read(config).spec().beside());
      }
    }
  }

  /** PEFT opens no adapter that names a start by a normal distribution beside a bias of B. */
  @Test
  void aStartThatPeftRefusesBesideABiasOfBIsNotWritten() throws IOException {
    String gaussian =
        "{\"init_lora_weights\": \"gaussian\", \"lora_bias\": %s, \"target_modules\": [\"query\"]}";
    ObjectMapper mapper = new ObjectMapper();
    for (boolean bias : List.of(true, false)) {
      AdapterPlan plan = AdapterPlan.of(BERT, read(gaussian.formatted(bias)).spec());
      assertThat(plan.spec().initialisation()).isEqualTo(AdapterSpec.Initialisation.GAUSSIAN);
      JsonNode start = mapper.readTree(PeftConfig.print(plan, "base")).get("init_lora_weights");
      assertThat(start.asText()).isEqualTo(bias ? "true" : "gaussian");
      assertThat(start.isBoolean()).isEqualTo(bias);
    }
  }

  @Test
  void adaLoraHasDefaultsOfItsOwnAndComesBack() throws IOException {
    AdapterSpec usual = read("{\"peft_type\": \"ADALORA\"}").spec();
    assertThat(usual.method()).isEqualTo("adalora");
    assertThat(usual.rank()).isEqualTo(12);
    assertThat(usual.allocation()).isEqualTo(RankAllocation.usual());

    String path = "bert.encoder.layer.1.attention.self.query";
    String asked =
        """
        {"peft_type": "ADALORA", "target_modules": ["query"], "r": 8, "init_r": 2, "target_r": 1,
         "tinit": 3, "tfinal": 4, "deltaT": 5, "beta1": 0.5, "beta2": 0.75, "orth_reg_weight": 0.25,
         "total_step": 30, "rank_pattern": {"%s.lora_E": [true, false]}}\
        """
            .formatted(path);
    AdapterSpec spec = read(asked).spec();
    assertThat(spec.allocation())
        .isEqualTo(
            new RankAllocation(
                1, 30, 3, 4, 5, 0.5, 0.75, 0.25, Map.of(path, List.of(true, false))));
    ModelConfig bert = ModelConfig.read(Golden.own("models/bert/config.json"));
    assertThat(read(PeftConfig.print(AdapterPlan.of(bert, spec), "base")).spec()).isEqualTo(spec);
  }

  @Test
  void anAllocationThatCannotBeIsRefused() throws IOException {
    assertRefused(
        "{\"peft_type\": \"ADALORA\", \"deltaT\": 0, \"beta1\": 1, \"orth_reg_weight\": -1}",
        "Invalid deltaT: 0 (must be at least 1); Invalid beta1: 1.0 (must lie between 0 and 1);"
            + " Invalid orth_reg_weight: -1.0 (must be finite and at least 0)");
    assertRefused(
        "{\"peft_type\": \"ADALORA\", \"total_step\": 10, \"tinit\": 6, \"tfinal\": 4}",
        "Invalid tinit and tfinal: 6 and 4 of 10 steps (together they must leave a step between"
            + " them); train for longer, or make initial-fraction and final-fraction smaller");
    assertRefused(
        "{\"peft_type\": \"ADALORA\", \"use_dora\": true}",
        "Unsupported use_dora: true in " + file + " (it cannot be combined with AdaLoRA)");
    assertRefused(
        "{\"peft_type\": \"ADALORA\", \"rank_pattern\": {\"query\": [true]}}",
        "Unsupported rank_pattern: {\"query\":[true]} in "
            + file
            + " (each name in it must end in .lora_E)");
    assertThatThrownBy(
            () -> read("{\"peft_type\": \"ADALORA\", \"rank_pattern\": {\"a.lora_E\": [1]}}"))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("an object of lists of true and false");
    assertRefused(
        "{\"init_r\": 4}",
        "Unsupported init_r: 4 in "
            + file
            + " (this version does not know the field and must not pass over it)");
  }

  @Test
  void whatIsNotSupportedIsRefusedByName() throws IOException {
    assertRefused(
        "{\"peft_type\": \"VERA\"}",
        "Unsupported peft_type: \"VERA\" in "
            + file
            + " (must be one of LORA, ADALORA, MOE_LORA, IA3)");
    assertRefused(
        "{\"bias\": \"some\"}",
        "Unsupported bias: \"some\" in " + file + " (must be one of [none, lora_only, all])");
    assertThatThrownBy(() -> read("{\"trainable_token_indices\": {\"wte\": 3}}"))
        .isInstanceOf(CorruptFileException.class)
        .hasMessage(
            "Adapter configuration "
                + file
                + " cannot be used: trainable_token_indices is {\"wte\":3} where an object of lists"
                + " of whole numbers is needed; fetch or write the file again");
    assertRefused(
        "{\"use_future\": true}",
        "Unsupported use_future: true in "
            + file
            + " (this version does not know the field and must not pass over it)");
    assertRefused(
        "{\"init_lora_weights\": \"pissa_niter_4\"}",
        "Unsupported init_lora_weights: \"pissa_niter_4\" in "
            + file
            + " (this start changes the base; convert the adapter to plain LoRA when you save it in"
            + " PEFT)");
    assertRefused(
        "{\"use_dora\": true, \"lora_bias\": true}",
        "Unsupported lora_bias: true in " + file + " (it cannot be combined with use_dora)");
    PeftConfig dora = read("{\"use_dora\": true, \"use_future\": false, \"new_config\": {}}");
    assertThat(dora.spec().method()).isEqualTo("dora");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '|',
      value = {
        "{\"r\": \"8\"}; r is \"8\" where a whole number of at most 31 bits is needed",
        "{\"r\": 2147483648}; r is 2147483648 where a whole number of at most 31 bits is needed",
        "{\"r\": 1.5}; r is 1.5 where a whole number of at most 31 bits is needed",
        "{\"lora_alpha\": true}; lora_alpha is true where a number is needed",
        "{\"use_rslora\": 1}; use_rslora is 1 where true or false is needed",
        "{\"task_type\": 3}; task_type is 3 where a text is needed",
        "{\"auto_mapping\": \"Bert\"}; auto_mapping is \"Bert\" where an object is needed",
        "{\"target_modules\": [1]}; target_modules is 1 where a list of texts is needed",
        "{\"modules_to_save\": {}}; modules_to_save is {} where a list of texts is needed",
        "{\"rank_pattern\": 3}; rank_pattern is 3 where an object of pattern and number is needed",
        "{\"rank_pattern\": [3]}; rank_pattern is 3 where a list of pairs of pattern and number is"
            + " needed",
        "{\"layers_to_transform\": [\"a\"]}; layers_to_transform is \"a\" where a whole number of"
            + " at most 31 bits is needed"
      })
  void wrongKindsOfValuesAreRefused(String json, String problem) throws IOException {
    Files.writeString(file, json);
    assertThatThrownBy(() -> PeftConfig.read(file))
        .isInstanceOf(CorruptFileException.class)
        .hasMessage(
            "Adapter configuration %s cannot be used: %s; fetch or write the file again"
                .formatted(file, problem));
  }

  @Test
  void classOfTheBaseIsKeptAsItStands() throws IOException {
    assertThat(read("{}").spec().autoMapping()).isEmpty();
    assertThat(read("{\"auto_mapping\": null}").spec().autoMapping()).isEmpty();
    AdapterSpec spec = read("{\"auto_mapping\": {\"b\": \"é\", \"a\": null}, \"r\": 2}").spec();

    assertThat(spec.autoMapping()).isEqualTo("{\"b\":\"é\",\"a\":null}");
    for (AdapterSpec changed :
        List.of(
            spec.withRank(3, 3),
            spec.withMethod("none"),
            spec.withTargets(ModuleChoice.of("all-linear")),
            spec.withModulesToSave(List.of("pooler")),
            spec.withTaskType("OTHER"))) {
      assertThat(changed.autoMapping()).isEqualTo(spec.autoMapping());
    }
    assertThat(PeftConfig.print(AdapterPlan.of(BERT, spec), "some/base"))
        .contains("  \"auto_mapping\": {\n    \"b\": \"é\",\n    \"a\": null\n  },\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{\"r\": 8, \"r\": 4}", "{\"r\": 8", "{} x", "{\"r\": NaN}"})
  void damagedFilesAreRefused(String text) throws IOException {
    Files.writeString(file, text);
    assertThatThrownBy(() -> PeftConfig.read(file))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageStartingWith("JSON file " + file + " cannot be used: ");
  }

  @Test
  void numbersOutOfRangeAreRefused() throws IOException {
    assertRefused("{\"r\": 0}", "Invalid rank: 0 (must be at least 1)");
    assertRefused("{\"r\": -3}", "Invalid rank: -3 (must be at least 1)");
    assertRefused("{\"lora_alpha\": 1e999}", "Invalid alpha: Infinity (must be a finite number)");
  }

  @Property(tries = 200)
  void whatIsPrintedReadsBack(@ForAll("specs") AdapterSpec spec) throws IOException {
    AdapterPlan plan = AdapterPlan.of(BERT, spec);
    Files.writeString(file, PeftConfig.print(plan, "some/base"));
    AdapterSpec again = PeftConfig.read(file).spec();
    AdapterPlan second = AdapterPlan.of(BERT, again, Strictness.AS_PEFT);
    assertThat(second.layout()).isEqualTo(plan.layout());
    assertThat(second.matched().adapted()).isEqualTo(plan.matched().adapted());
    assertThat(again.rankPattern().keySet()).containsExactlyElementsOf(spec.rankPattern().keySet());
    assertThat(again.initialisation()).isEqualTo(spec.initialisation());
    assertThat(again.dropout()).isEqualTo(spec.dropout());
    assertThat(PeftConfig.print(second, "some/base"))
        .isEqualTo(PeftConfig.print(plan, "some/base"));
  }

  @Provide
  Arbitrary<AdapterSpec> specs() {
    Arbitrary<Integer> ranks = Arbitraries.integers().between(1, 12);
    Arbitrary<Double> alphas = Arbitraries.doubles().between(-4, 64).ofScale(2);
    Arbitrary<ModuleChoice> targets =
        Arbitraries.of(
            ModuleChoice.unset(),
            ModuleChoice.of(List.of("value", "query")),
            ModuleChoice.of(".*\\.(query|value|key)"),
            ModuleChoice.of("all-linear"));
    Arbitrary<ModuleChoice> excluded =
        Arbitraries.of(
            ModuleChoice.unset(), ModuleChoice.of(List.of("key")), ModuleChoice.of(".*output.*"));
    Arbitrary<AdapterSpec.Scaling> scalings = Arbitraries.of(AdapterSpec.Scaling.class);
    Arbitrary<AdapterSpec.Initialisation> starts =
        Arbitraries.of(
            AdapterSpec.Initialisation.KAIMING_UNIFORM, AdapterSpec.Initialisation.GAUSSIAN);
    Arbitrary<List<String>> kept = Arbitraries.of(List.of(), List.of("pooler"));
    Arbitrary<String> tasks = Arbitraries.of("", AdapterSpec.CLASSIFICATION);
    return Combinators.combine(ranks, alphas, targets, excluded, scalings, starts, kept, tasks)
        .as(TestPeftConfig::spec);
  }

  private static AdapterSpec spec(
      int rank,
      double alpha,
      ModuleChoice targets,
      ModuleChoice excluded,
      AdapterSpec.Scaling scaling,
      AdapterSpec.Initialisation start,
      List<String> kept,
      String task) {
    Map<String, Integer> ranks = new LinkedHashMap<>();
    ranks.put("value", rank + 1);
    ranks.put("layer\\.1\\..*query", rank + 2);
    boolean listed = targets.kind() == ModuleChoice.Kind.LIST;
    return new AdapterSpec(
        "lora",
        rank,
        alpha,
        0.25,
        scaling,
        start,
        targets,
        excluded,
        listed ? List.of(1) : List.of(),
        listed ? List.of("layer") : List.of(),
        ranks,
        Map.of("query", alpha / 2),
        kept,
        TrainedBeside.nothing(),
        task);
  }

  private PeftConfig read(String json) throws IOException {
    Files.writeString(file, json);
    return PeftConfig.read(file);
  }

  private void assertRefused(String json, String message) throws IOException {
    Files.writeString(file, json);
    assertThatThrownBy(() -> PeftConfig.read(file))
        .isInstanceOf(UserInputException.class)
        .hasMessage(message);
  }
}
