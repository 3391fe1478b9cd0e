package dev.rankwise.jobs.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rankwise.jobs.foreign.ForeignReader.Outcome;
import dev.rankwise.models.Counts;
import dev.rankwise.models.failure.FailureCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files of strangers, each of which breaks one rule: each is refused in words, takes no more memory
 * than its size and 64 MB and no more than ten seconds, and leaves nothing behind. They are read in
 * a process of their own, which none of them may end.
 */
final class TestForeignFiles {
  private static final int LEAST = 120;
  private static final long MORE_BYTES = 64L << 20;
  private static final int LONGEST_MESSAGE = 1500;
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> eachIsRefusedInWordsWithinItsBounds() throws Exception {
    List<ForeignFile> cases = ForeignReader.cases();
    Map<String, Outcome> outcomes = outcomes(cases);
    assertThat(cases).hasSizeGreaterThanOrEqualTo(LEAST);
    Counts.tell(
        "TestForeignFiles.eachIsRefusedInWordsWithinItsBounds",
        "%s files: %s".formatted(cases.size(), kinds(cases)));
    return cases.stream()
        .map(file -> DynamicTest.dynamicTest(file.name(), () -> check(outcomes.get(file.name()))));
  }

  @Test
  void everyRuleHasANameOfItsOwn() {
    assertThat(ForeignReader.cases().stream().map(ForeignFile::name))
        .doesNotHaveDuplicates()
        .allMatch(name -> name.matches("[a-z]+/[a-z0-9-]+(MB)?(-[a-z0-9-]+)?"));
  }

  private static void check(Outcome outcome) {
    assertThat(outcome).as("the process that read it ended").isNotNull();
    assertThat(outcome.failure()).as(outcome.toString()).isNotEmpty();
    assertThat(outcome.exitCode())
        .as(outcome.toString())
        .isIn(FailureCode.INVALID_INPUT.exitCode(), FailureCode.CORRUPT_FILE.exitCode());
    assertThat(outcome.message())
        .hasSizeLessThan(LONGEST_MESSAGE)
        .doesNotContainPattern("[\\p{Cc}\\p{Cf}]");
    assertThat(outcome.heapBytes())
        .as("heap for %s bytes", outcome.bytes())
        .isLessThanOrEqualTo(outcome.bytes() + MORE_BYTES);
    assertThat(outcome.residentBytes())
        .as("memory for %s bytes", outcome.bytes())
        .isLessThanOrEqualTo(outcome.bytes() + MORE_BYTES);
    assertThat(outcome.changed()).isEmpty();
  }

  /** What became of each; a file that ends the process has no outcome, and the next one goes on. */
  private Map<String, Outcome> outcomes(List<ForeignFile> cases) throws Exception {
    Map<String, Outcome> outcomes = new LinkedHashMap<>();
    int next = 0;
    for (int process = 0; next < cases.size(); process++) {
      List<String> lines = lines(Files.createDirectory(folder.resolve("process-" + process)), next);
      int began = 0;
      for (String line : lines) {
        began += line.startsWith("reading ") ? 1 : 0;
        if (line.startsWith("outcome ")) {
          Outcome outcome = JSON.readValue(line.substring("outcome ".length()), Outcome.class);
          outcomes.put(outcome.name(), outcome);
        }
      }
      assertThat(began).as(String.join("\n", lines)).isPositive();
      next += began;
    }
    return outcomes;
  }

  private List<String> lines(Path own, int first) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms256m",
                "-Xmx256m",
                "-XX:+AlwaysPreTouch",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                ForeignReader.class.getName(),
                Files.createDirectory(own.resolve("files")).toString(),
                Integer.toString(first)));
    Path output = own.resolve("out");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(output.toFile())
            .redirectError(own.resolve("err").toFile())
            .start();
    try {
      process.waitFor();
    } finally {
      process.destroyForcibly();
    }
    System.out.print(Files.readString(own.resolve("err")));
    return Files.readAllLines(output);
  }

  private static String kinds(List<ForeignFile> cases) {
    Map<ForeignFile.Kind, Long> counts =
        cases.stream()
            .collect(Collectors.groupingBy(ForeignFile::kind, TreeMap::new, Collectors.counting()));
    return counts.entrySet().stream()
        .map(entry -> entry.getValue() + " " + entry.getKey().name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(", "));
  }
}
