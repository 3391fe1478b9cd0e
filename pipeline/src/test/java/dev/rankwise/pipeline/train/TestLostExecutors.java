package dev.rankwise.pipeline.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.Counts;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Executors in processes of their own, which are ended while they compute. */
@Tag("spark")
final class TestLostExecutors {
  @TempDir Path folder;

  @Test
  void executorThatIsEndedWhileItComputesChangesNoBit() throws Exception {
    Map<String, Integer> faults = faultsOfRunsWithOneHash(List.of());

    assertThat(faults)
        .containsExactly(
            Map.entry("calm", 0),
            Map.entry("killed before a group of the first step", 1),
            Map.entry("killed within a group of a step in the middle", 1),
            Map.entry("killed after a group of the last step", 1),
            Map.entry("killed three times in one group", 3),
            Map.entry("paused for two seconds", 1),
            Map.entry("decommissioned", 1));
    tell("executorThatIsEndedWhileItComputesChangesNoBit", faults);
  }

  @Test
  @Tag("long")
  void executorThatIsKilledAtAnyMomentOfAnyStepChangesNoBit() throws Exception {
    Map<String, Integer> faults = faultsOfRunsWithOneHash(List.of(ClusterDriver.EACH));

    assertThat(faults).hasSize(10).containsEntry("calm", 0);
    assertThat(faults.values().stream().filter(times -> times == 1)).hasSize(9);
    tell("executorThatIsKilledAtAnyMomentOfAnyStepChangesNoBit", faults);
  }

  private static void tell(String test, Map<String, Integer> faults) {
    Counts.tell(
        "TestLostExecutors." + test,
        "%s signals in %s runs"
            .formatted(faults.values().stream().mapToInt(Integer::intValue).sum(), faults.size()));
  }

  /** How often the fault of each run happened; the runs end with the same parameters. */
  private Map<String, Integer> faultsOfRunsWithOneHash(List<String> further) throws Exception {
    Map<String, Integer> faults = new LinkedHashMap<>();
    List<String> hashes = new ArrayList<>();
    for (String line : runs(further)) {
      String[] parts = line.split(": ");
      faults.put(parts[1], Integer.parseInt(parts[3]));
      hashes.add(parts[2]);
    }
    assertThat(Set.copyOf(hashes)).hasSize(1);
    return faults;
  }

  /** What the driver prints; Spark starts executors with the jars of an installation alone. */
  private List<String> runs(List<String> further) throws IOException, InterruptedException {
    Path home = folder.resolve("spark");
    Files.createDirectories(home.resolve("jars"));
    String own =
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(option -> option.startsWith("--add-opens") || option.startsWith("-XX:"))
            .collect(Collectors.joining(" "));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(own.split(" ")));
    command.addAll(
        List.of(
            "-Xmx512m",
            "-cp",
            System.getProperty("java.class.path"),
            ClusterDriver.class.getName(),
            folder.toString(),
            own));
    command.addAll(further);
    File output = folder.resolve("out").toFile();
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output);
    builder.environment().put("SPARK_HOME", home.toString());
    String version = scala.util.Properties.versionNumberString();
    builder
        .environment()
        .put("SPARK_SCALA_VERSION", version.substring(0, version.lastIndexOf('.')));
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    Process driver = builder.start();
    try {
      assertThat(driver.waitFor()).as(Files.readString(output.toPath())).isZero();
    } finally {
      driver.descendants().forEach(ProcessHandle::destroyForcibly);
      driver.destroyForcibly();
    }
    return Files.readAllLines(output.toPath()).stream()
        .filter(line -> line.startsWith("run: "))
        .toList();
  }
}
