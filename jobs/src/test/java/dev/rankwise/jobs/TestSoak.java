package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.models.Counts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@code benchmarks/soak} does in hours, in a minute: a run in any weather, and what grows.
 */
@Tag("spark")
final class TestSoak {
  private static final int STEPS = 1200;
  private static final int FAULTS = 5;
  private static final long SEED = 21;

  /** Kilobytes per step: 1 MB per 100. */
  private static final double MOST_GROWTH = 10;

  @TempDir Path folder;

  private TicketRecipe recipe;

  /** What happens to a process. */
  private enum Fault {
    KILLED {
      @Override
      void happen(Process process) throws Exception {
        process.destroyForcibly().waitFor();
      }
    },
    ASKED_TO_END {
      @Override
      void happen(Process process) throws Exception {
        process.destroy();
        assertThat(process.waitFor()).isEqualTo(143);
      }
    },
    PAUSED {
      @Override
      void happen(Process process) throws Exception {
        signal("STOP", process);
        Thread.sleep(1000);
        signal("CONT", process);
      }
    };

    abstract void happen(Process process) throws Exception;

    static void signal(String name, Process process) throws Exception {
      Process kill = new ProcessBuilder("kill", "-" + name, "" + process.pid()).start();
      assertThat(kill.waitFor()).isZero();
    }
  }

  /** Kilobytes resident and open files of a process after so many steps. */
  private record Sample(int step, long residentKilobytes, long files) {}

  @BeforeEach
  void writeARecipe() throws IOException {
    Path base = TinyBase.withPooler(folder, 1);
    recipe = TicketRecipe.write(folder, base, Tickets.write(folder, Tickets.csv(60)));
  }

  @Test
  @Tag("long")
  void anyWeatherGivesTheBytesOfACalmRunOfWhichNothingGrows() throws Exception {
    Path calm = folder.resolve("calm");
    Path stormy = folder.resolve("stormy");
    List<Sample> samples = calm(calm);
    Map<Fault, Integer> faults = stormy(stormy);

    assertThat(RunFolderFiles.hashes(stormy.resolve("adapter")))
        .isEqualTo(RunFolderFiles.hashes(calm.resolve("adapter")));
    List<JsonNode> told = RunFolderFiles.jsonLines(stormy.resolve("metrics.jsonl"));
    assertThat(told.stream().map(step -> step.get("step").intValue()))
        .as("every step is told once")
        .doesNotHaveDuplicates()
        .hasSize(STEPS);
    List<Sample> late = samples.stream().filter(sample -> sample.step() > STEPS / 3).toList();
    assertThat(late).as("samples").hasSizeGreaterThan(10);
    double growth = slope(late);
    assertThat(growth).as("kilobytes per step in %s", late).isLessThan(MOST_GROWTH);
    assertThat(late.get(late.size() - 1).files())
        .as("open files")
        .isLessThanOrEqualTo(late.get(0).files() + 5);
    Counts.tell(
        "TestSoak.anyWeatherGivesTheBytesOfACalmRunOfWhichNothingGrows",
        faults.entrySet().stream()
                .map(fault -> fault.getValue() + " " + words(fault.getKey()))
                .collect(Collectors.joining(", "))
            + " in %s steps".formatted(STEPS));
  }

  private static String words(Fault fault) {
    return fault.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
  }

  /** A run by itself, with its heap whole from the start: what grows then is native. */
  private List<Sample> calm(Path run) throws Exception {
    List<Sample> samples = new ArrayList<>();
    Path own = Files.createDirectory(folder.resolve("calm-log"));
    try (TuneProcess tune =
        TuneProcess.start(
            own,
            arguments(run),
            List.of("-Xms512m", "-Xmx512m", "-XX:+AlwaysPreTouch"),
            Map.of())) {
      tune.waitForFirstStep();
      Thread reader = new Thread(() -> tune.process().inputReader().lines().forEach(line -> {}));
      reader.start();
      while (tune.process().isAlive()) {
        sample(tune.process(), run).ifPresent(samples::add);
        Thread.sleep(100);
      }
      reader.join();
      assertThat(tune.process().exitValue()).as(tune.errors()).isZero();
    }
    return samples.stream().filter(sample -> sample.step() < STEPS).toList();
  }

  private Map<Fault, Integer> stormy(Path run) throws Exception {
    Random random = new Random(SEED);
    Map<Fault, Integer> faults = new EnumMap<>(Fault.class);
    int happened = 0;
    while (true) {
      Path own = Files.createDirectory(folder.resolve("stormy-" + happened));
      try (TuneProcess tune = TuneProcess.start(own, arguments(run), List.of(), Map.of())) {
        tune.waitForFirstStep();
        Thread reader = new Thread(() -> tune.process().inputReader().lines().forEach(line -> {}));
        reader.start();
        boolean ended = false;
        while (happened < FAULTS && !ended) {
          Thread.sleep(200 + random.nextInt(600));
          assertThat(tune.process().isAlive()).as("it is hit while it trains").isTrue();
          Fault fault = Fault.values()[(happened + random.nextInt(2)) % Fault.values().length];
          fault.happen(tune.process());
          faults.merge(fault, 1, Integer::sum);
          happened++;
          ended = fault != Fault.PAUSED;
        }
        if (!ended) {
          assertThat(tune.process().waitFor()).as(tune.errors()).isZero();
          return faults;
        }
      }
    }
  }

  private List<String> arguments(Path run) {
    List<String> arguments =
        new ArrayList<>(List.of("tune", recipe.file().toString(), "--out", run.toString()));
    for (String setting :
        List.of(
            "train.max-steps=" + STEPS,
            "train.epochs=100000",
            "output.checkpoint-every-steps=20")) {
      arguments.addAll(List.of("--set", setting));
    }
    return arguments;
  }

  private static java.util.Optional<Sample> sample(Process process, Path run) {
    Path proc = Path.of("/proc", "" + process.pid());
    try (Stream<Path> open = Files.list(proc.resolve("fd"));
        Stream<String> steps = Files.lines(run.resolve("metrics.jsonl"))) {
      long resident =
          Files.readAllLines(proc.resolve("status")).stream()
              .filter(line -> line.startsWith("VmRSS:"))
              .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
              .sum();
      return java.util.Optional.of(new Sample((int) steps.count(), resident, open.count()));
    } catch (IOException | java.io.UncheckedIOException e) {
      // It has ended, or not begun.
      return java.util.Optional.empty();
    }
  }

  /** Of the straight line with the least squares through kilobytes over steps. */
  private static double slope(List<Sample> samples) {
    double meanStep = samples.stream().mapToInt(Sample::step).average().orElseThrow();
    double mean = samples.stream().mapToLong(Sample::residentKilobytes).average().orElseThrow();
    double together = 0;
    double square = 0;
    for (Sample sample : samples) {
      together += (sample.step() - meanStep) * (sample.residentKilobytes() - mean);
      square += (sample.step() - meanStep) * (sample.step() - meanStep);
    }
    return together / square;
  }
}
