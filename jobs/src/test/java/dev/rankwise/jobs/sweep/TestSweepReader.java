package dev.rankwise.jobs.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.jobs.sweep.SweepFile.Choice;
import dev.rankwise.jobs.sweep.SweepFile.GroupBy;
import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TestSweepReader {
  @TempDir Path folder;

  @Test
  void everyKeyIsRead() throws IOException {
    SweepFile file =
        read(
            """
            recipe: base.yaml
            caption: >-
              what was
              cut
            settings: {data.train-rows: 20, train: {epochs: 2}}
            variants:
              plain: {}
              dora: {adapter.method: dora, adapter: {rank-pattern: {"a.*": 2}}}
              nothing:
            axes:
              adapter.rank: [1, 2]
              train: {learning-rate: [1e-3]}
            seeds: [0, 7]
            also-evaluate: {old task: other.yaml}
            """);

    assertThat(file.name()).isEqualTo("compare");
    assertThat(file.recipe()).isEqualTo(folder.resolve("base.yaml"));
    assertThat(file.caption()).isEqualTo("what was cut");
    assertThat(file.settings()).containsExactly("data.train-rows=20", "train.epochs=2");
    assertThat(file.compared()).hasSize(3);
    assertThat(file.compared().get(0).choices())
        .extracting(Choice::label)
        .containsExactly("plain", "dora", "nothing");
    assertThat(file.compared().get(0).choices().get(1).settings())
        .containsExactly("adapter.method=dora", "adapter.rank-pattern={\"a.*\": 2}");
    assertThat(file.compared().get(1).choices())
        .containsExactly(
            new Choice("rank 1", java.util.List.of("adapter.rank=1")),
            new Choice("rank 2", java.util.List.of("adapter.rank=2")));
    assertThat(file.compared().get(2).choices().get(0).settings())
        .containsExactly("train.learning-rate=1e-3");
    assertThat(file.seeds()).containsExactly(0L, 7L);
    assertThat(file.alsoEvaluated()).isEqualTo(Map.of("old task", folder.resolve("other.yaml")));
  }

  @Test
  void recipeAloneIsASweepOfOneRun() throws IOException {
    SweepFile file = read("recipe: base.yaml\nvariants:\nseeds: null\n");

    assertThat(file.compared()).isEmpty();
    assertThat(file.seeds()).isEmpty();
    assertThat(file.caption()).isEmpty();
  }

  @Test
  void columnToGoByMayHaveALeastNumberOfRows() throws IOException {
    assertThat(read("recipe: base.yaml\ngroup-by: customer\n").groupBy())
        .contains(new GroupBy("customer", 1));
    assertThat(read("recipe: base.yaml\ngroup-by: \"5\"\nleast-rows: 200\n").groupBy())
        .contains(new GroupBy("5", 200));
    assertThatThrownBy(() -> read("recipe: base.yaml\ngroup-by: [a]\nleast-rows: 0\n"))
        .hasMessageContainingAll(
            "2 problems",
            "line 2: group-by must be one text",
            "line 3: least-rows must be a whole number, at least 1");
    assertThatThrownBy(() -> read("recipe: base.yaml\nleast-rows: 5\n"))
        .hasMessageContaining("least-rows is of groups, and group-by is missing");
  }

  @Test
  void valuesMeanWhatTheyMeanInARecipe() throws IOException {
    SweepFile file =
        read(
            """
            recipe: base.yaml
            settings:
              data.text-column: "5"
              data.source: sql:SELECT a, b FROM t
              adapter.targets: [query, "7", a b, null, [x]]
              adapter.layers: null
            """);

    assertThat(file.settings())
        .containsExactly(
            "data.text-column=\"5\"",
            "data.source=sql:SELECT a, b FROM t",
            "adapter.targets=[query, \"7\", \"a b\", null, [x]]",
            "adapter.layers=null");
  }

  @Test
  void allThatIsWrongWithTheFormIsToldAtOnce() {
    assertThatThrownBy(
            () ->
                read(
                    """
                    caption: [a]
                    settings: 3
                    variants: {a: 5}
                    axes: {adapter.rank: 4, train.epochs: []}
                    seeds: [1, x]
                    also-evaluate: {b: [c]}
                    """))
        .isInstanceOf(UserInputException.class)
        .hasMessageContainingAll(
            "compare.yaml\": 8 problems",
            "recipe is missing",
            "line 1: caption must be one text",
            "line 2: settings must be a map",
            "line 3: a must be a map of settings",
            "line 4: adapter.rank must be a list",
            "line 4: train.epochs must be a list",
            "line 5: seeds must be a list of whole numbers",
            "line 6: b must name a recipe");
    assertThatThrownBy(() -> read("seeds: 4\nrecipe: a.yaml\n"))
        .hasMessageContaining("line 1: seeds must be a list");
    assertThatThrownBy(() -> read("recipe: a.yaml\nseeds: [\"4\", [1]]\n"))
        .hasMessageContaining("line 2: seeds must be a list");
  }

  @Test
  void unknownKeysAreNamedWithTheNearest() {
    assertThatThrownBy(() -> read("recipe: a.yaml\nseed: [1]\nqqqqqqqqqq: 2\n"))
        .hasMessageContaining("line 2: unknown key \"seed\"; did you mean \"seeds\"?")
        .hasMessageContaining("line 3: unknown key \"qqqqqqqqqq\"; the keys are recipe, caption, ");
  }

  @Test
  void hostileFilesAreRefused() throws IOException {
    assertThatThrownBy(() -> SweepReader.read(folder.resolve("none.yaml")))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("it cannot be read");
    assertThatThrownBy(() -> read("- a\n")).hasMessageContaining("must be a map of keys");
    assertThatThrownBy(() -> read("recipe: &a x\nseeds: *a\n")).hasMessageContaining("anchor");
    assertThatThrownBy(() -> read("a".repeat((4 << 20) + 1))).hasMessageContaining("too long");
    Path latin = folder.resolve("latin.yaml");
    Files.write(latin, new byte[] {'a', ':', ' ', (byte) 0xe4});
    assertThatThrownBy(() -> SweepReader.read(latin)).hasMessageContaining("not UTF-8");
  }

  private SweepFile read(String yaml) throws IOException {
    return SweepReader.read(Files.writeString(folder.resolve("compare.yaml"), yaml));
  }
}
