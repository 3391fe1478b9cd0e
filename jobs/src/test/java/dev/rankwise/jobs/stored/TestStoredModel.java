package dev.rankwise.jobs.stored;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.StoredTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TestStoredModel {
  @TempDir Path folder;

  private Path adapter;

  @BeforeEach
  void makeRun() throws IOException {
    adapter = Files.createDirectories(folder.resolve("run/adapter"));
    Files.writeString(adapter.resolve("adapter_config.json"), "{}");
    SafetensorsWriter.write(
        adapter.resolve("adapter_model.safetensors"),
        Map.of("format", "pt"),
        List.of(StoredTensor.ofFloats("x", List.of(1L), new float[1])));
    Files.writeString(
        folder.resolve("run/recipe.yaml"),
        Recipe.quickstart(List.of("spark.master=local[3]")).toYaml());
  }

  @Test
  void runFolderBringsItsRecipe() {
    StoredModel stored =
        StoredModel.at(folder.resolve("run"), Optional.empty(), List.of("spark.cores=2"));

    assertThat(stored.adapterFolder()).isEqualTo(adapter);
    assertThat(stored.base()).isEqualTo("minilm");
    assertThat(stored.recipe()).isPresent();
    assertThat(stored.spark().settings())
        .containsEntry("spark.master", "local[3]")
        .containsEntry("spark.cores", "2");
  }

  @Test
  void namedBaseGoesFirst() {
    StoredModel stored =
        StoredModel.at(folder.resolve("run"), Optional.of("/models/other"), List.of());

    assertThat(stored.base()).isEqualTo("/models/other");
  }

  @Test
  void adapterByItselfTakesSettingsOfSparkAlone() {
    StoredModel stored =
        StoredModel.at(adapter, Optional.of("minilm"), List.of("spark.master=local[1]"));
    StoredModel other = StoredModel.at(adapter, Optional.of("minilm"), List.of("train.seed=1"));
    StoredModel broken = StoredModel.at(adapter, Optional.of("minilm"), List.of("spark.master"));

    assertThat(stored.recipe()).isEmpty();
    assertThat(stored.spark().settings()).containsOnly(Map.entry("spark.master", "local[1]"));
    for (StoredModel refused : List.of(other, broken)) {
      assertThatThrownBy(refused::spark)
          .isInstanceOf(UserInputException.class)
          .hasMessageMatching(
              "Cannot use --set (train.seed|spark.master): a model by itself has no recipe, so only"
                  + " spark.KEY=VALUE can be set");
    }
  }

  @Test
  void adapterOfAnotherLibraryNeedsABase() {
    assertThatThrownBy(() -> StoredModel.at(adapter, Optional.empty(), List.of()))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Nothing says which base adapter %s belongs to; name it with --base"
                .formatted(adapter));
  }

  @Test
  void runWithoutItsRecipeIsAnAdapterByItself() throws IOException {
    Files.delete(folder.resolve("run/recipe.yaml"));

    StoredModel stored = StoredModel.at(folder.resolve("run"), Optional.of("minilm"), List.of());

    assertThat(stored.adapterFolder()).isEqualTo(adapter);
    assertThat(stored.recipe()).isEmpty();
  }

  @Test
  void placeWithoutAnAdapterIsTold() {
    assertThatThrownBy(() -> StoredModel.at(folder, Optional.empty(), List.of()))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            ("No tuned model lies at %s: an adapter needs adapter_config.json, there or in"
                    + " %s/adapter, a whole model config.json and its weights, there or in %s/model;"
                    + " name a run folder, an adapter or a model")
                .formatted(folder, folder, folder));
  }

  @Test
  void aWholeModelOfARunBringsWhatItWasTunedFrom() throws IOException {
    Files.move(adapter, folder.resolve("elsewhere"));
    Path model = wholeModel(folder.resolve("run/model"));

    StoredModel stored = StoredModel.at(folder.resolve("run"), Optional.empty(), List.of());

    assertThat(stored.adapter()).isEmpty();
    assertThat(stored.base()).isEqualTo(model.toString());
    assertThat(stored.untuned()).contains("minilm");
    assertThat(stored.recipe()).isPresent();
    assertThat(StoredModel.isTuned(folder.resolve("run"))).isTrue();
    assertThatThrownBy(stored::adapterFolder)
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "No adapter lies at %s: the model there is whole, as %s; use that as it is"
                .formatted(folder.resolve("run"), model));
  }

  @Test
  void aWholeModelByItselfMayBeComparedWithANamedBase() throws IOException {
    Path model = wholeModel(folder.resolve("merged"));

    StoredModel alone = StoredModel.at(model, Optional.empty(), List.of());
    StoredModel compared = StoredModel.at(model, Optional.of("minilm"), List.of());

    assertThat(alone.untuned()).isEmpty();
    assertThat(compared.untuned()).contains("minilm");
    assertThat(compared.base()).isEqualTo(model.toString());
    assertThat(compared.recipe()).isEmpty();
    assertThat(StoredModel.isTuned(model)).as("a base like any other").isFalse();
  }

  private static Path wholeModel(Path path) throws IOException {
    Files.createDirectories(path);
    Files.writeString(path.resolve("config.json"), "{}");
    Files.writeString(path.resolve("model.safetensors"), "");
    return path;
  }
}
