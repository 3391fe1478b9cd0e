package dev.rankwise.adapters.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.AdapterSpec.Initialisation;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.spec.TrainedBeside;
import dev.rankwise.adapters.spec.TrainedRows;
import dev.rankwise.models.Golden;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.format.SafetensorsFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class TestInitialParameters {
  private static final Path BASE = Golden.own("models/bert");
  private static final ModelConfig BERT = ModelConfig.read(BASE.resolve("config.json"));
  private static final String QUERY = "bert.encoder.layer.0.attention.self.query";

  @Test
  void factorsStartAsTheirInitialisationSays() {
    AdapterPlan uniform = AdapterPlan.of(BERT, spec(Initialisation.KAIMING_UNIFORM, 0, 32));
    float[] a = part(uniform, draw(uniform, 3), QUERY + ".lora_A.weight");
    double bound = 1 / Math.sqrt(48);
    assertThat((double) largest(a)).isLessThan(bound);
    assertThat(deviation(a)).isBetween(0.95 * bound / Math.sqrt(3), 1.05 * bound / Math.sqrt(3));

    AdapterPlan gaussian = AdapterPlan.of(BERT, spec(Initialisation.GAUSSIAN, 0, 32));
    float[] normal = part(gaussian, draw(gaussian, 3), QUERY + ".lora_A.weight");
    assertThat(deviation(normal)).isBetween(0.9 / 32, 1.1 / 32);
    assertThat(part(gaussian, draw(gaussian, 3), QUERY + ".lora_B.weight")).containsOnly(0f);
  }

  @Test
  void keptTensorsStartAtTheBasesValues() {
    AdapterPlan plan = AdapterPlan.of(BERT, spec(Initialisation.GAUSSIAN, 0, 8));
    float[] drawn = draw(plan, 3);
    try (SafetensorsFile file = SafetensorsFile.open(BASE.resolve("model.safetensors"))) {
      for (Parameter parameter : plan.layout().parameters()) {
        if (parameter.role() == Parameter.Role.KEPT) {
          String name = parameter.tensor().name();
          assertThat(part(plan, drawn, name)).as(name).isEqualTo(file.floats(name));
        }
      }
    }
  }

  @Test
  void aTablesSecondFactorStartsAtRandomAndItsFirstAtZero() {
    String table = "bert.embeddings.word_embeddings";
    AdapterSpec spec =
        spec(Initialisation.GAUSSIAN, 0, 32)
            .withTargets(ModuleChoice.of(List.of("word_embeddings", "query")));
    AdapterPlan plan = AdapterPlan.of(BERT, spec);
    float[] drawn = draw(plan, 3);
    assertThat(part(plan, drawn, table + ".lora_embedding_A")).containsOnly(0f);
    assertThat(deviation(part(plan, drawn, table + ".lora_embedding_B"))).isBetween(0.9, 1.1);
  }

  @Test
  void whatIsTrainedBesideStartsAsTheBaseIs() {
    AdapterSpec spec =
        spec(Initialisation.GAUSSIAN, 0, 8)
            .withBeside(
                new TrainedBeside(
                    true,
                    TrainedBeside.BaseBiases.LORA_ONLY,
                    Map.of(TrainedBeside.TOKEN_TABLE, List.of(7, 2))));
    AdapterPlan plan = AdapterPlan.of(BERT, spec);
    float[] drawn = draw(plan, 3);
    try (SafetensorsFile file = SafetensorsFile.open(BASE.resolve("model.safetensors"))) {
      assertThat(part(plan, drawn, QUERY + ".bias")).isEqualTo(file.floats(QUERY + ".bias"));
      assertThat(part(plan, drawn, QUERY + ".lora_B.bias")).hasSize(48).containsOnly(0f);
      float[] table = file.floats("bert.embeddings.word_embeddings.weight");
      float[] rows = part(plan, drawn, "bert.embeddings.word_embeddings." + TrainedRows.TENSOR);
      assertThat(Arrays.copyOf(rows, 48)).isEqualTo(Arrays.copyOfRange(table, 7 * 48, 8 * 48));
      assertThat(Arrays.copyOfRange(rows, 48, 96))
          .isEqualTo(Arrays.copyOfRange(table, 2 * 48, 3 * 48));
    }
  }

  @Test
  void whatTheBaseLacksStartsFresh() {
    ModelConfig five = BERT.forClassification(List.of("a", "b", "c", "d", "e"));
    AdapterPlan plan = AdapterPlan.of(five, spec(Initialisation.GAUSSIAN, 0, 8));
    float[] drawn = draw(plan, 3);
    assertThat(part(plan, drawn, "classifier.bias")).containsOnly(0f);
    float[] weight = part(plan, drawn, "classifier.weight");
    assertThat(weight).hasSize(5 * 48);
    // Five standard errors of the deviation of 240 normal numbers.
    assertThat(deviation(weight)).isBetween(0.02 * 0.77, 0.02 * 1.23);
  }

  @Test
  void aTensorsNumbersDependOnItsNameAndTheSeedAlone() {
    AdapterPlan many = AdapterPlan.of(BERT, spec(Initialisation.GAUSSIAN, 0, 8));
    AdapterSpec query =
        AdapterSpec.of("lora")
            .withTargets(ModuleChoice.of(List.of("layer.0.attention.self.query")));
    AdapterPlan one =
        AdapterPlan.of(BERT, withInitialisation(query, Initialisation.GAUSSIAN, 0, 8));
    String name = QUERY + ".lora_A.weight";
    assertThat(part(one, draw(one, 3), name)).isEqualTo(part(many, draw(many, 3), name));
    assertThat(part(one, draw(one, 4), name)).isNotEqualTo(part(many, draw(many, 3), name));
    assertThat(part(many, draw(many, 3), name))
        .isNotEqualTo(part(many, draw(many, 3), name.replace("query", "value")));
  }

  private static AdapterSpec spec(Initialisation initialisation, double dropout, int rank) {
    AdapterSpec spec =
        AdapterSpec.of("lora")
            .withModulesToSave(List.of("pooler", "embeddings.LayerNorm"))
            .withTaskType(AdapterSpec.CLASSIFICATION);
    return withInitialisation(spec, initialisation, dropout, rank);
  }

  private static AdapterSpec withInitialisation(
      AdapterSpec spec, Initialisation initialisation, double dropout, int rank) {
    return new AdapterSpec(
        spec.method(),
        rank,
        8,
        dropout,
        spec.scaling(),
        initialisation,
        spec.targets(),
        spec.excluded(),
        List.of(),
        List.of(),
        Map.of(),
        Map.of(),
        spec.modulesToSave(),
        TrainedBeside.nothing(),
        spec.taskType());
  }

  private static float[] draw(AdapterPlan plan, long seed) {
    try (SafetensorsFile file = SafetensorsFile.open(BASE.resolve("model.safetensors"))) {
      return InitialParameters.draw(seed, plan, BaseWeights.of(file, plan.matched().tree()));
    }
  }

  private static float[] part(AdapterPlan plan, float[] values, String name) {
    for (Parameter parameter : plan.layout().parameters()) {
      if (parameter.tensor().name().equals(name)) {
        return new Adapter(plan, values).values(parameter);
      }
    }
    throw new IllegalArgumentException(name);
  }

  private static float largest(float[] values) {
    float largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  private static double deviation(float[] values) {
    double square = 0;
    for (float value : values) {
      square += (double) value * value / values.length;
    }
    return Math.sqrt(square);
  }
}
