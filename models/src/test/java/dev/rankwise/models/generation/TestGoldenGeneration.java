package dev.rankwise.models.generation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.models.Golden;
import dev.rankwise.models.GoldenSupport;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.network.Attachment;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.Parameters;
import dev.rankwise.models.network.Replica;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.source.BaseDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Tokens of every golden base that was let go on: the peer's own, whatever the batch. */
class TestGoldenGeneration {
  private static final String FILE = "generated.json";

  @TempDir Path cache;

  @TestFactory
  Stream<DynamicTest> everyGoldenBaseThatGoesOn() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path folder : Golden.folders("models")) {
      if (!Files.exists(folder.resolve(FILE))) {
        continue;
      }
      Optional<String> uncomputed = GoldenSupport.baseUncomputed(folder);
      if (uncomputed.isPresent()) {
        Golden.skipped(folder, uncomputed.get());
        continue;
      }
      String name = folder.getFileName().toString();
      tests.add(DynamicTest.dynamicTest(name + " best tokens", () -> best(folder)));
      tests.add(DynamicTest.dynamicTest(name + " drawn tokens", () -> drawn(folder)));
    }
    Golden.requireSome("bases that go on in models", tests.size(), 18);
    return tests.stream();
  }

  private void best(Path folder) {
    JsonNode runs = Golden.json(folder.resolve(FILE)).get("runs");
    int most = Golden.json(folder.resolve(FILE)).get("new_tokens").intValue();
    List<List<Integer>> expected = new ArrayList<>();
    runs.forEach(run -> expected.add(ids(run.get("tokens"))));
    for (int batchSize : new int[] {1, runs.size()}) {
      assertThat(tokens(folder, Sampling.greedy(), most, batchSize))
          .as("batches of %d", batchSize)
          .isEqualTo(expected);
    }
  }

  private void drawn(Path folder) {
    Sampling sampling = new Sampling(0.8, 20, 0.95, 1.1);
    List<List<Integer>> together = tokens(folder, sampling, 16, 8);
    assertThat(tokens(folder, sampling, 16, 1)).isEqualTo(together);
    assertThat(tokens(folder, sampling, 16, 8)).isEqualTo(together);
  }

  private List<List<Integer>> tokens(Path folder, Sampling sampling, int most, int batchSize) {
    List<int[]> prompts = new ArrayList<>();
    for (JsonNode run : Golden.json(folder.resolve(FILE)).get("runs")) {
      prompts.add(ids(run.get("prompt")).stream().mapToInt(Integer::intValue).toArray());
    }
    ModelConfig config = ModelConfig.read(folder.resolve("config.json"));
    GenerationSettings settings =
        new GenerationSettings(most, sampling, 7, List.of(), List.of(), batchSize);
    try (Replica replica =
            Replica.open(
                new BaseDirectory(folder, Sha256.ofFile(folder.resolve("model.safetensors"))),
                config,
                Attachment.none(),
                new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1),
                cache);
        Parameters none = replica.parameters(new float[0])) {
      return new Generator(ids -> replica.decodingPassAfter(none, ids), config, Optional.empty())
          .generate(prompts, settings, (prompt, piece) -> {}).stream()
              .map(Generated::tokens)
              .toList();
    }
  }

  private static List<Integer> ids(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).map(JsonNode::intValue).toList();
  }
}
