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

final class TestStoredAdapter {
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
    StoredAdapter stored =
        StoredAdapter.at(folder.resolve("run"), Optional.empty(), List.of("spark.cores=2"));

    assertThat(stored.folder()).isEqualTo(adapter);
    assertThat(stored.base()).isEqualTo("minilm");
    assertThat(stored.recipe()).isPresent();
    assertThat(stored.spark().settings())
        .containsEntry("spark.master", "local[3]")
        .containsEntry("spark.cores", "2");
  }

  @Test
  void namedBaseGoesFirst() {
    StoredAdapter stored =
        StoredAdapter.at(folder.resolve("run"), Optional.of("/models/other"), List.of());

    assertThat(stored.base()).isEqualTo("/models/other");
  }

  @Test
  void adapterByItselfTakesSettingsOfSparkAlone() {
    StoredAdapter stored =
        StoredAdapter.at(adapter, Optional.of("minilm"), List.of("spark.master=local[1]"));
    StoredAdapter other = StoredAdapter.at(adapter, Optional.of("minilm"), List.of("train.seed=1"));
    StoredAdapter broken =
        StoredAdapter.at(adapter, Optional.of("minilm"), List.of("spark.master"));

    assertThat(stored.recipe()).isEmpty();
    assertThat(stored.spark().settings()).containsOnly(Map.entry("spark.master", "local[1]"));
    for (StoredAdapter refused : List.of(other, broken)) {
      assertThatThrownBy(refused::spark)
          .isInstanceOf(UserInputException.class)
          .hasMessageMatching(
              "Cannot use --set (train.seed|spark.master): an adapter by itself has no recipe, so only"
                  + " spark.KEY=VALUE can be set");
    }
  }

  @Test
  void adapterOfAnotherLibraryNeedsABase() {
    assertThatThrownBy(() -> StoredAdapter.at(adapter, Optional.empty(), List.of()))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Nothing says which base adapter %s belongs to; name it with --base"
                .formatted(adapter));
  }

  @Test
  void runWithoutItsRecipeIsAnAdapterByItself() throws IOException {
    Files.delete(folder.resolve("run/recipe.yaml"));

    StoredAdapter stored =
        StoredAdapter.at(folder.resolve("run"), Optional.of("minilm"), List.of());

    assertThat(stored.folder()).isEqualTo(adapter);
    assertThat(stored.recipe()).isEmpty();
  }

  @Test
  void placeWithoutAnAdapterIsTold() {
    assertThatThrownBy(() -> StoredAdapter.at(folder, Optional.empty(), List.of()))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "No adapter lies at %s: it needs adapter_config.json, there or in %s/adapter; name a run"
                    .formatted(folder, folder)
                + " folder or an adapter");
  }
}
