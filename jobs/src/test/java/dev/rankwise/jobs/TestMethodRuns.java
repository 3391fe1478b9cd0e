package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.adapters.peft.AdapterCard;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.plan.InitialParameters;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.source.BaseCache;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Methods and what they can be combined with, from recipe to files. */
@Tag("spark")
final class TestMethodRuns {
  @TempDir static Path home;

  private static TicketRecipe recipe;
  private static Path rows;
  private static Path base;

  @TempDir Path folder;

  @BeforeAll
  static void prepare() throws IOException {
    rows = Tickets.write(home, Tickets.csv(120)).toAbsolutePath();
    base = TinyBase.withPooler(home, 1);
    recipe = TicketRecipe.write(home, base, rows);
  }

  /** Every tensor that is to move does, at two rates, whatever the method. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "method=lora",
        "method=lora use-rslora=true",
        "method=lora initialisation=pissa",
        "method=dora use-rslora=true",
        "method=adalora target-rank=2",
        "method=moe-lora experts=2 top-k=2",
        "method=ia3",
        "method=full"
      })
  void loraPlusGoesWithIt(String settings) throws IOException {
    JsonNode checks = tuned(settings, "train.loraplus-ratio=4");

    assertThat(checks.get("updates_behind_them").intValue()).isGreaterThanOrEqualTo(2);
    assertThat(checks.get("trained_tensors").intValue()).isPositive();
    assertThat(checks.get("executors_with_frozen_tensors").intValue()).isEqualTo(1);
  }

  /** The same where the weights beside it lie in four bits. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "method=lora initialisation=pissa",
        "method=dora use-rslora=true",
        "method=adalora target-rank=2",
        "method=moe-lora experts=2 top-k=2",
        "method=ia3"
      })
  void soItDoesOnABaseInFourBits(String settings) throws IOException {
    JsonNode checks = tuned(settings, "train.loraplus-ratio=4", "base.quantization=nf4");

    assertThat(checks.get("updates_behind_them").intValue()).isGreaterThanOrEqualTo(2);
    assertThat(checks.get("trained_tensors").intValue()).isPositive();
    assertThat(checks.get("executors_with_frozen_tensors").intValue()).isEqualTo(1);
  }

  @Test
  void principalFactorsComeOutAsPlainLoraOfTwiceTheRank() throws IOException {
    JsonNode checks = tuned("method=lora initialisation=pissa");

    JsonNode result = RunFolderFiles.json(folder.resolve("run/result.json"));
    int fixed = checks.path("numbers_held_still").intValue();
    assertThat(fixed).isPositive();
    assertThat(result.path("trainable_parameters").intValue())
        .as("factors of which half stand still, and what is trained whole")
        .isEqualTo(numbers(folder.resolve("run/adapter/adapter_model.safetensors")) - fixed);
    JsonNode config = RunFolderFiles.json(folder.resolve("run/adapter/adapter_config.json"));
    assertThat(config.get("r").intValue()).isEqualTo(8);
    assertThat(config.get("lora_alpha").intValue()).isEqualTo(16);
    assertThat(config.get("init_lora_weights").booleanValue()).isTrue();
    Path file = folder.resolve("run/adapter/adapter_model.safetensors");
    try (SafetensorsFile weights = SafetensorsFile.open(file)) {
      String query = "base_model.model.bert.encoder.layer.0.attention.self.query.lora_";
      float[] a = weights.floats(query + "A.weight");
      float[] b = weights.floats(query + "B.weight");
      int half = a.length / 2;
      float[] trained = Arrays.copyOf(a, half);
      float[] still = Arrays.copyOfRange(a, half, a.length);
      assertThat(trained).isNotEqualTo(still);
      for (int i = 0; i < half; i++) {
        assertThat(trained[i]).isCloseTo(still[i], within(0.2f));
      }
      assertThat(b[4]).as("the half that is taken away").isNotZero();
    }
  }

  @Test
  void whatMakesNoSenseIsRefusedByName() {
    assertThat(refused("method=dora initialisation=pissa"))
        .contains("Cannot start method \"dora\" from principal factors");
    assertThat(refused("method=adalora initialisation=pissa"))
        .contains("Cannot start method \"adalora\" from principal factors");
    assertThat(refused("method=lora initialisation=pissa use-rslora=true alpha-pattern={query: 3}"))
        .contains("with rsLoRA and a rank or alpha pattern");
    assertThat(refused("method=adalora use-dora=true")).contains("dora");
  }

  /**
   * With the adapter off magnitudes are those of the base, not zero, and so is a pooler that the
   * base has: what is left of what was trained is the classifier.
   */
  @ParameterizedTest
  @ValueSource(strings = {"dora", "ia3"})
  void withTheAdapterOffTheBaseIsAsItIs(String method) throws IOException {
    tuned("method=" + method);
    Path adapter = folder.resolve("run/adapter");
    BaseDirectory directory = new BaseSource(BaseCache.defaultRoot()).resolve(base.toString());
    ModelConfig config = ModelConfig.read(directory.config());
    Adapter trained = PeftDirectory.read(adapter, config, directory.sha256());
    AdapterPlan plan =
        AdapterPlan.of(
            trained.plan().base(),
            AdapterSpec.of("lora")
                .withTaskType("SEQ_CLS")
                .withModulesToSave(trained.plan().spec().modulesToSave()));
    float[] values;
    try (SafetensorsFile file = SafetensorsFile.open(directory.weights())) {
      BaseWeights weights = BaseWeights.of(file, plan.matched().tree());
      values = InitialParameters.draw(5, plan, weights);
    }
    for (Parameter parameter : trained.plan().layout().parameters()) {
      if (parameter.tensor().module().equals("classifier")) {
        int place = plan.layout().offsetOf(parameter.tensor().name());
        trained.read(parameter, 0, values, place, parameter.tensor().size());
      }
    }
    Path without = folder.resolve("without");
    AdapterCard card = AdapterCard.of("0", base.toString(), directory.sha256());
    PeftDirectory.create(without, new Adapter(plan, values), card);

    assertThat(evaluated(adapter).get("adapter_off")).isEqualTo(evaluated(without).get("after"));
  }

  private static int numbers(Path file) {
    try (SafetensorsFile weights = SafetensorsFile.open(file)) {
      return weights.tensors().values().stream().mapToInt(it -> (int) it.elements()).sum();
    }
  }

  private JsonNode evaluated(Path adapter) throws IOException {
    Path figures = folder.resolve("figures.json");
    CommandRun.of(
            "evaluate",
            adapter.toString(),
            "--data",
            rows.toString(),
            "--format",
            "csv",
            "--text-column",
            "message",
            "--label-column",
            "queue",
            "--work",
            folder.resolve("work").toString(),
            "--set",
            "spark.master=local[2]",
            "--to",
            figures.toString())
        .endedWith(0);
    return RunFolderFiles.json(figures);
  }

  private JsonNode tuned(String settings, String... further) throws IOException {
    recipe.run("tune", folder.resolve("run"), settings(settings, further)).endedWith(0);
    return RunFolderFiles.json(folder.resolve("run/result.json")).get("checks");
  }

  private String refused(String settings) {
    return recipe.run("validate", folder.resolve("run"), settings(settings)).endedWith(2).error();
  }

  private static String[] settings(String settings, String... further) {
    List<String> all = new ArrayList<>(List.of(further));
    all.add("train.max-steps=5");
    for (String setting : settings.split(" (?=[a-z-]+=)")) {
      all.add("adapter." + setting);
    }
    return all.toArray(String[]::new);
  }
}
