package dev.rankwise.jobs.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tree stays small: whoever clones it gets every file that ever lay in it. */
final class TestFileSizes {
  private static final long MOST_BYTES = 500_000;

  /** The files that may have more, each with its own bound. */
  private static final Map<String, Long> LARGE =
      Map.of(
          "models/dictionary/model.safetensors",
          10_000_000L,
          // Recorded from peers: every number of them is compared.
          "adapters/src/test/resources/golden/adalora-trace/trace.safetensors",
          2_700_000L,
          "adapters/src/test/resources/golden/adapters/merge/expected.safetensors",
          900_000L,
          "adapters/src/test/resources/golden/adapters/qlora-llama/cases.safetensors",
          1_100_000L,
          "adapters/src/test/resources/golden/adapters/dora-qlora-llama/cases.safetensors",
          700_000L);

  @TempDir Path folder;

  @Test
  void noFileOfTheTreeIsLarge() throws IOException {
    assertThat(tooLarge(SourceTree.ofCheckout())).isEmpty();
  }

  @Test
  void aLargeFileIsFound() throws IOException {
    Files.write(folder.resolve("small.png"), new byte[(int) MOST_BYTES]);
    Files.write(folder.resolve("large.bin"), new byte[(int) MOST_BYTES + 1]);
    Path model = Files.createDirectories(folder.resolve("models/dictionary"));
    Files.write(model.resolve("model.safetensors"), new byte[10_000_001]);

    assertThat(tooLarge(SourceTree.at(folder)))
        .containsExactly(
            Map.entry("large.bin", MOST_BYTES + 1),
            Map.entry("models/dictionary/model.safetensors", 10_000_001L));
  }

  private static Map<String, Long> tooLarge(SourceTree tree) throws IOException {
    Map<String, Long> found = new TreeMap<>();
    for (Path file : tree.files("")) {
      String name = tree.name(file);
      long size = Files.size(file);
      if (size > LARGE.getOrDefault(name, MOST_BYTES)) {
        found.put(name, size);
      }
    }
    return found;
  }
}
