package dev.rankwise.pipeline.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.Counts;
import dev.rankwise.pipeline.checkpoint.FaultPoint;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A driver in a process of its own that is killed with -9 at one point after the other. */
@Tag("spark")
@Tag("long")
final class TestKilledDriver {
  private static final int KILLED = 128 + 9;

  @TempDir Path folder;

  @Test
  void killedAtEachPointInTurnItGoesOnToTheSameBits() throws Exception {
    String calm = run("calm", "none", 0);
    assertThat(calm).startsWith("trained: 0: ");

    int kills = 0;
    for (FaultPoint point : FaultPoint.values()) {
      // The second time: what was done since the last kill lies between.
      run("killed", point.name(), point == FaultPoint.RESUMED ? 0 : 1);
      kills++;
    }
    String last = run("killed", "none", 0);

    assertThat(last).doesNotStartWith("trained: 0: ");
    assertThat(last.substring(last.lastIndexOf(' ')))
        .isEqualTo(calm.substring(calm.lastIndexOf(' ')));
    Counts.tell(
        "TestKilledDriver.killedAtEachPointInTurnItGoesOnToTheSameBits",
        "%s kills in a run of 40 steps".formatted(kills));
  }

  /** The line that the driver prints at its end; empty if it is to be killed. */
  private String run(String name, String point, int passed)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> option.startsWith("--add-opens") || option.startsWith("-XX:"))
        .forEach(command::add);
    command.addAll(List.of("-Xmx512m", "-cp", System.getProperty("java.class.path")));
    command.add(KilledDriver.class.getName());
    command.addAll(List.of(folder.resolve(name).toString(), point, Integer.toString(passed)));
    File output = folder.resolve("out").toFile();
    Process driver =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output).start();
    String said;
    try {
      int exitCode = driver.waitFor();
      said = Files.readString(output.toPath());
      assertThat(exitCode).as(said).isEqualTo(point.equals("none") ? 0 : KILLED);
    } finally {
      driver.destroyForcibly();
    }
    return said.lines().filter(line -> line.startsWith("trained: ")).findFirst().orElse("");
  }
}
