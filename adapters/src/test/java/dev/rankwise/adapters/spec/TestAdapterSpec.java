package dev.rankwise.adapters.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.models.failure.UserInputException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class TestAdapterSpec {
  @Test
  void scaleIsAlphaOverRankOrOverItsRoot() {
    assertThat(AdapterSpec.Scaling.BY_RANK.scale(6, 4)).isEqualTo(1.5);
    assertThat(AdapterSpec.Scaling.BY_ROOT_OF_RANK.scale(6, 4)).isEqualTo(3);
    assertThat(AdapterSpec.Scaling.BY_ROOT_OF_RANK.scale(16, 8)).isCloseTo(5.6569, within(1e-4));
  }

  @Test
  void allProblemsAreReportedAtOnce() {
    assertThatThrownBy(
            () ->
                spec(
                    0,
                    Double.NaN,
                    1,
                    List.of(),
                    List.of("h"),
                    Map.of("q", 0),
                    Map.of("v", 1.0 / 0)))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Invalid rank: 0 (must be at least 1);"
                + " Invalid dropout: 1.0 (must be in [0, 1));"
                + " Invalid alpha: NaN (must be a finite number);"
                + " Invalid rank: 0 (pattern \"q\", must be at least 1);"
                + " Invalid alpha: Infinity (pattern \"v\", must be a finite number);"
                + " Invalid layers_pattern: [h] (needs layers_to_transform beside it)");
  }

  @Test
  void layersNeedAListOfTargets() {
    AdapterSpec lora = AdapterSpec.of("lora").withTargets(ModuleChoice.of(".*query"));
    assertThatThrownBy(
            () ->
                new AdapterSpec(
                    lora.method(),
                    8,
                    8,
                    0,
                    lora.scaling(),
                    lora.initialisation(),
                    lora.targets(),
                    lora.excluded(),
                    List.of(1),
                    List.of(),
                    Map.of(),
                    Map.of(),
                    List.of(),
                    TrainedBeside.nothing(),
                    ""))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Invalid layers_to_transform: [1] (needs a list of target modules, not the expression"
                + " \".*query\")");
  }

  @Test
  void aClassifierAlwaysKeepsItsHead() {
    AdapterSpec spec = AdapterSpec.of("lora").withModulesToSave(List.of("pooler", "score"));
    assertThat(spec.allModulesToSave()).containsExactly("pooler", "score");
    assertThat(spec.withTaskType(AdapterSpec.CLASSIFICATION).allModulesToSave())
        .containsExactly("pooler", "score", "classifier");
  }

  @Test
  void copiesChangeOneThing() {
    AdapterSpec spec = AdapterSpec.of("lora").withRank(4, 16);
    assertThat(spec.rank()).isEqualTo(4);
    assertThat(spec.alpha()).isEqualTo(16);
    assertThat(spec.withRank(8, 8)).isEqualTo(AdapterSpec.of("lora"));
  }

  @Test
  void travelsWithTheOrderOfItsPatterns() throws Exception {
    Map<String, Integer> ranks = new LinkedHashMap<>();
    ranks.put("value", 3);
    ranks.put("query", 2);
    AdapterSpec spec = spec(8, 8, 0, List.of(), List.of(), ranks, Map.of("key", 2.0));
    AdapterSpec arrived = travelled(spec);
    assertThat(arrived).isEqualTo(spec);
    assertThat(arrived.rankPattern().keySet()).containsExactly("value", "query");
    assertThatThrownBy(() -> arrived.rankPattern().put("x", 1))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  private static AdapterSpec travelled(AdapterSpec spec)
      throws IOException, ClassNotFoundException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(spec);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return (AdapterSpec) in.readObject();
    }
  }

  private static AdapterSpec spec(
      int rank,
      double alpha,
      double dropout,
      List<Integer> layers,
      List<String> layersPattern,
      Map<String, Integer> rankPattern,
      Map<String, Double> alphaPattern) {
    return new AdapterSpec(
        "lora",
        rank,
        alpha,
        dropout,
        AdapterSpec.Scaling.BY_RANK,
        AdapterSpec.Initialisation.GAUSSIAN,
        ModuleChoice.of(List.of("query")),
        ModuleChoice.unset(),
        layers,
        layersPattern,
        rankPattern,
        alphaPattern,
        List.of(),
        TrainedBeside.nothing(),
        "");
  }
}
