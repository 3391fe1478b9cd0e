package dev.rankwise.jobs.doctor;

import dev.rankwise.jobs.estimate.Estimate;
import dev.rankwise.jobs.estimate.MeasuredMicroBatch;
import dev.rankwise.jobs.estimate.StepShape;
import dev.rankwise.jobs.survey.BaseAnswer;
import dev.rankwise.jobs.survey.CacheAnswer;
import dev.rankwise.jobs.survey.ClockOffset;
import dev.rankwise.jobs.survey.DeviceAnswer;
import dev.rankwise.jobs.survey.ExecutorAnswer;
import dev.rankwise.jobs.survey.FileAnswer;
import dev.rankwise.jobs.survey.FolderAnswer;
import dev.rankwise.jobs.survey.LibraryAnswer;
import dev.rankwise.jobs.survey.MemoryAnswer;
import dev.rankwise.jobs.survey.RegisteredExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.SparkConf;

/**
 * A cluster of two executors, "0" on host a and "1" on host b, in good health until a test changes
 * something: of a million trained numbers in four groups, on a base of 90 MB.
 */
final class Patient {
  static final long MEGABYTE = 1L << 20;

  final SparkConf conf =
      new SparkConf(false)
          .set("spark.master", "spark://a:7077")
          .set("spark.executor.memory", "1g")
          .set("spark.driver.maxResultSize", "2g")
          .set("spark.driver.host", "a");
  final Map<String, Said> said = new TreeMap<>(Map.of("0", new Said("a"), "1", new Said("b")));
  final List<FolderReport> folders = new ArrayList<>();
  final List<String> failures = new ArrayList<>();
  final Map<String, Long> clocks = new LinkedHashMap<>(Map.of("0", 0L, "1", 0L));
  Set<String> silent = Set.of();
  int files;
  int tasks = 2;
  long driverHeap = 1024 * MEGABYTE;
  boolean recipe = true;
  long trained = 1_000_000;

  /** What one of them says. */
  static final class Said {
    final String host;
    String java = "17.0.9";
    LibraryAnswer library =
        new LibraryAnswer("2.7.1", "aa", "Xeon [avx2]", List.of("avx2"), false, "");
    MemoryAnswer memory = new MemoryAnswer(1024 * MEGABYTE, 16_384 * MEGABYTE, 300 * MEGABYTE);
    CacheAnswer cache = new CacheAnswer("/var/cache", 100_000 * MEGABYTE, "");
    DeviceAnswer devices = new DeviceAnswer(List.of(), List.of());
    List<String> unset = List.of();
    final List<FolderAnswer> folders = new ArrayList<>();
    final List<FileAnswer> files = new ArrayList<>();
    BaseAnswer base = new BaseAnswer("cc", "");

    Said(String host) {
      this.host = host;
    }
  }

  /** The one that is called so. */
  Said executor(String id) {
    return said.get(id);
  }

  /** What all checks come to. */
  Diagnosis diagnosis() {
    return Diagnosis.of(examined());
  }

  private Examined examined() {
    List<ExecutorAnswer> answers = new ArrayList<>();
    List<RegisteredExecutor> registered = new ArrayList<>();
    said.forEach(
        (id, it) -> {
          registered.add(new RegisteredExecutor(id, it.host + ":1", tasks, tasks));
          answers.add(
              new ExecutorAnswer(
                  id,
                  it.host,
                  1,
                  it.java,
                  it.library,
                  it.memory,
                  it.cache,
                  it.devices,
                  it.unset,
                  it.folders,
                  it.files,
                  it.base));
        });
    return new Examined(
        new Cluster(conf, registered, Duration.ofSeconds(60)),
        answers,
        silent,
        said.keySet().stream()
            .map(id -> new ClockOffset(id, clocks.get(id) - 100, clocks.get(id) + 100))
            .toList(),
        folders,
        files,
        failures,
        new BaseAnswer(recipe ? "cc" : "", ""),
        new MemoryAnswer(driverHeap, 16_384 * MEGABYTE, 300 * MEGABYTE),
        recipe ? Optional.of(estimate()) : Optional.empty());
  }

  private Estimate estimate() {
    return new Estimate(
        22_000_000,
        90 * MEGABYTE,
        trained,
        0,
        new StepShape(16, 4),
        128,
        OptionalLong.of(300 * MEGABYTE),
        new MeasuredMicroBatch(512, 1, "Xeon", 0.5, OptionalLong.of(200 * MEGABYTE), List.of()));
  }

  /** The check of that name. */
  Checked check(String name) {
    return diagnosis().checks().stream()
        .filter(check -> check.name().equals(name))
        .findFirst()
        .orElseThrow();
  }
}
