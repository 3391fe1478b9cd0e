package dev.rankwise.adapters.combine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.adapters.combine.CombinationSettings.Majority;
import dev.rankwise.adapters.peft.AdapterCard;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.spec.TensorStream;
import dev.rankwise.models.Golden;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.SafetensorsFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class TestCombinedAdapter {
  private static final ModelConfig LLAMA = ModelConfig.read(Golden.own("models/llama/config.json"));

  @Test
  void everyCombinationIsPefts() {
    Path folder = Golden.file("adapters/merge/cases.json").getParent();
    JsonNode told = Golden.json(folder.resolve("cases.json"));
    Path base = Golden.given("models").resolve(told.get("base").textValue());
    ModelConfig config = ModelConfig.read(base.resolve("config.json"));
    int compared = 0;
    try (SafetensorsFile expected = SafetensorsFile.open(folder.resolve("expected.safetensors"))) {
      for (Map.Entry<String, JsonNode> entry : told.get("cases").properties()) {
        List<Adapter> adapters = new ArrayList<>();
        for (JsonNode name : entry.getValue().get("adapters")) {
          adapters.add(PeftDirectory.read(folder.resolve(name.textValue()), config, "unknown"));
        }
        agrees(entry.getKey(), entry.getValue(), adapters, expected);
        compared++;
      }
    }
    Golden.requireSome("combinations", compared, 10);
  }

  private static void agrees(
      String name, JsonNode told, List<Adapter> adapters, SafetensorsFile expected) {
    CombinationSettings settings = settings(told);
    Adapter combined = CombinedAdapter.of(adapters, settings, recorded(name, told, expected));

    AdapterSpec spec = combined.plan().spec();
    assertThat(spec.rank()).as(name).isEqualTo(told.get("r").intValue());
    assertThat(spec.alpha()).as(name).isEqualTo(told.get("lora_alpha").doubleValue());
    for (MatchedModule module : combined.plan().matched().adapted()) {
      assertThat(module.scale()).isEqualTo(told.get("scale").get(0).doubleValue());
      String key = name + "." + module.module().path();
      close(key, delta(combined, module), expected.floats(key + ".delta"));
    }
    if (settings.combination() != Combination.SVD) {
      for (Parameter parameter : combined.plan().layout().parameters()) {
        String key = name + "." + parameter.tensor().name().replace(".weight", "");
        close(key, combined.values(parameter), expected.floats(key));
      }
    }
  }

  private static CombinationSettings settings(JsonNode told) {
    List<Double> weights = new ArrayList<>();
    told.get("weights").forEach(weight -> weights.add(weight.doubleValue()));
    String type = told.get("combination_type").textValue().toUpperCase(Locale.ROOT);
    CombinationSettings settings =
        CombinationSettings.of(Combination.valueOf(type), weights)
            .withDensity(told.path("density").asDouble(1));
    if (told.has("majority_sign_method")) {
      String method = told.get("majority_sign_method").textValue().toUpperCase(Locale.ROOT);
      settings = settings.withMajority(Majority.valueOf(method));
    }
    return told.has("svd_rank") ? settings.withRank(told.get("svd_rank").intValue()) : settings;
  }

  /** What PEFT drew. */
  private static DropMasks recorded(String name, JsonNode told, SafetensorsFile expected) {
    return (adapter, tensor, size) -> {
      String of = told.get("adapters").get(adapter).textValue();
      ByteBuffer bytes =
          expected.bytes("%s.%s.%s.mask".formatted(name, tensor.replace(".weight", ""), of));
      boolean[] kept = new boolean[size];
      for (int i = 0; i < size; i++) {
        kept[i] = bytes.get(i) == 1;
      }
      return kept;
    };
  }

  private static float[] delta(Adapter adapter, MatchedModule module) {
    int out = module.module().outFeatures();
    float[] rows = new float[module.module().inFeatures() * out];
    adapter.plan().method().merge(module, adapter.values(module), rows, 0, out);
    return rows;
  }

  private static void close(String name, float[] found, float[] expected) {
    assertThat(found).as(name).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) found[i]).as("%s at %s", name, i).isCloseTo(expected[i], within(1e-5));
    }
  }

  /** Also where one adapts what the other does not. */
  @Test
  void catIsTheSumOfTheUpdatesAndLinearIsNot() {
    List<Adapter> adapters =
        List.of(adapter(1, 2, "q_proj", "down_proj"), adapter(2, 2, "q_proj", "v_proj"));
    List<Double> weights = List.of(0.7, -0.4);
    Adapter cat = CombinedAdapter.of(adapters, CombinationSettings.of(Combination.CAT, weights));
    Adapter svd =
        CombinedAdapter.of(adapters, CombinationSettings.of(Combination.SVD, weights).withRank(4));
    Adapter linear =
        CombinedAdapter.of(adapters, CombinationSettings.of(Combination.LINEAR, weights));
    double away = 0;
    assertThat(cat.plan().matched().adapted()).hasSize(6);
    for (MatchedModule module : cat.plan().matched().adapted()) {
      float[] sum = new float[module.module().inFeatures() * module.module().outFeatures()];
      for (int i = 0; i < adapters.size(); i++) {
        Adapter one = adapters.get(i);
        double weight = weights.get(i);
        one.plan()
            .matched()
            .at(module.module().path())
            .ifPresent(
                own -> {
                  float[] update = delta(one, own);
                  for (int place = 0; place < sum.length; place++) {
                    sum[place] += (float) (weight * update[place]);
                  }
                });
      }
      close(module.module().path(), delta(cat, module), sum);
      close(module.module().path(), delta(svd, module), sum);
      MatchedModule added = linear.plan().matched().at(module.module().path()).orElseThrow();
      float[] linearly = delta(linear, added);
      for (int place = 0; place < sum.length; place++) {
        away = Math.max(away, Math.abs(linearly[place] - sum[place]));
      }
    }
    assertThat(away).as("cross terms").isGreaterThan(1e-2);
  }

  @ParameterizedTest
  @EnumSource
  void anAdapterAloneIsItselfAndPeftReadsIt(Combination combination, @TempDir Path folder) {
    Adapter one = adapter(3, 2, "q_proj", "down_proj");
    Adapter same =
        CombinedAdapter.of(List.of(one), CombinationSettings.of(combination, List.of(1.0)));
    Iterator<MatchedModule> own = one.plan().matched().adapted().iterator();
    for (MatchedModule module : same.plan().matched().adapted()) {
      close(module.module().path(), delta(same, module), delta(one, own.next()));
    }
    Path target = folder.resolve("combined");
    PeftDirectory.create(target, same, AdapterCard.of("1", "llama", "0".repeat(64)));
    Adapter read = PeftDirectory.read(target, LLAMA, "0".repeat(64));
    assertThat(read.values()).containsExactly(same.values());
  }

  @Test
  void whatIsDroppedFollowsFromTheSeedAlone() {
    List<Adapter> adapters = List.of(adapter(1, 4, "q_proj"), adapter(2, 4, "q_proj"));
    CombinationSettings settings =
        CombinationSettings.of(Combination.DARE_TIES, List.of(0.5, 0.5)).withDensity(0.3);
    Adapter once = CombinedAdapter.of(adapters, settings);
    assertThat(CombinedAdapter.of(adapters, settings).values()).containsExactly(once.values());
    assertThat(CombinedAdapter.of(adapters, settings.withSeed(1)).values())
        .isNotEqualTo(once.values());
    long zeros = 0;
    float[] alone =
        CombinedAdapter.of(
                List.of(adapter(1, 4, "q_proj")),
                CombinationSettings.of(Combination.DARE_LINEAR, List.of(1.0)).withDensity(0.3))
            .values();
    for (float value : alone) {
      zeros += value == 0 ? 1 : 0;
    }
    assertThat((double) zeros / alone.length).isCloseTo(0.7, within(0.05));
  }

  @Test
  void whatHasNoSumIsRefused() {
    Adapter two = adapter(1, 2, "q_proj");
    Adapter three = adapter(2, 3, "q_proj");
    CombinationSettings linear = CombinationSettings.of(Combination.LINEAR, List.of(1.0, 1.0));
    refused(List.of(two, three), linear, "Cannot add factors of ranks 2 and 3", "use cat or svd");
    refused(List.of(two), linear, "Invalid weights: [1.0, 1.0] for 1 adapters");
    AdapterSpec dora = AdapterSpec.of("dora").withRank(2, 4).withTargets(targets("q_proj"));
    AdapterPlan plan = AdapterPlan.of(LLAMA, dora.withModulesToSave(List.of("embed_tokens")));
    Adapter other = new Adapter(plan, new float[plan.layout().size()]);
    refused(
        List.of(two, other),
        linear,
        "Cannot combine adapter 2 of method dora (only the updates of lora add up)",
        "it trains more of model.embed_tokens than two factors");
    assertThatThrownBy(
            () ->
                CombinationSettings.of(Combination.CAT, List.of(Double.NaN))
                    .withDensity(0.5)
                    .withRank(0))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("Invalid weight: NaN (must be finite)");
    assertThatThrownBy(() -> CombinationSettings.of(Combination.CAT, List.of(1.0)).withRank(0))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Invalid rank: 0 (must be at least 1); Invalid rank: 0 (only svd takes one; leave it"
                + " out)");
    assertThatThrownBy(() -> CombinationSettings.of(Combination.TIES, List.of(1.0)).withDensity(0))
        .hasMessage("Invalid density: 0.0 (must be above 0 and at most 1)");
  }

  private static void refused(
      List<Adapter> adapters, CombinationSettings settings, String... messages) {
    assertThatThrownBy(() -> CombinedAdapter.of(adapters, settings))
        .isInstanceOf(UserInputException.class)
        .hasMessageContainingAll(messages);
  }

  private static Adapter adapter(int seed, int rank, String... targets) {
    AdapterSpec spec = AdapterSpec.of("lora").withRank(rank, 4).withTargets(targets(targets));
    AdapterPlan plan = AdapterPlan.of(LLAMA, spec);
    return new Adapter(plan, new TensorStream(seed, "all").uniform(plan.layout().size(), 0.5));
  }

  private static ModuleChoice targets(String... names) {
    return ModuleChoice.of(List.of(names));
  }
}
