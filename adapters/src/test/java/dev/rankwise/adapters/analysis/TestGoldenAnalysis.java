package dev.rankwise.adapters.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.models.Golden;
import dev.rankwise.models.format.SafetensorsFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Changes of length and direction, and their correlation, as NumPy computes them in double. */
final class TestGoldenAnalysis {
  private static final String FOLDER = "analysis";
  private static final double WIDE = 1e-9;

  @TestFactory
  Stream<DynamicTest> everyKindOfUpdateGivesWhatItsCaseSays() {
    List<Path> files = Golden.files(FOLDER, "expected.json");
    Golden.requireSome(FOLDER, files.size(), 1);
    return files.stream()
        .flatMap(
            file ->
                Golden.json(file).path("kinds").properties().stream()
                    .map(
                        kind ->
                            DynamicTest.dynamicTest(
                                kind.getKey(),
                                () -> compare(file, kind.getKey(), kind.getValue()))));
  }

  private static void compare(Path file, String kind, JsonNode expected) {
    Map<VectorAxis, List<WeightChange>> changes = new EnumMap<>(VectorAxis.class);
    try (SafetensorsFile weights =
        SafetensorsFile.open(file.resolveSibling("weights.safetensors"))) {
      for (JsonNode point : expected.path("points")) {
        String matrix = point.path("matrix").textValue();
        String later = "%s.%s.%s".formatted(kind, matrix, point.path("checkpoint").intValue());
        List<Long> shape = weights.tensors().get(later).shape();
        for (VectorAxis axis : VectorAxis.values()) {
          WeightChange change =
              WeightChange.of(
                  weights.floats(matrix + ".start"),
                  weights.floats(later),
                  Math.toIntExact(shape.get(0)),
                  Math.toIntExact(shape.get(1)),
                  axis);
          JsonNode wanted = point.path(name(axis));
          String what = later + " by " + axis;
          assertThat(change.magnitude())
              .as(what)
              .isCloseTo(wanted.path("delta_magnitude").doubleValue(), within(WIDE));
          assertThat(change.direction())
              .as(what)
              .isCloseTo(wanted.path("delta_direction").doubleValue(), within(WIDE));
          changes.computeIfAbsent(axis, key -> new ArrayList<>()).add(change);
        }
      }
    }
    changes.forEach(
        (axis, points) -> {
          JsonNode wanted = expected.path("pearson_direction_magnitude").path(name(axis));
          if (wanted.isNull()) {
            assertThat(ChangeCorrelation.of(points)).as(axis + "").isEmpty();
          } else {
            assertThat(ChangeCorrelation.of(points).orElseThrow())
                .as(axis + "")
                .isCloseTo(wanted.doubleValue(), within(WIDE));
          }
        });
  }

  private static String name(VectorAxis axis) {
    return axis.name().toLowerCase(Locale.ROOT);
  }
}
