package dev.rankwise.jobs.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What Spark itself wrote about a run.
 *
 * @param master the master that the driver connected to
 * @param executors the executors that finished at least one task
 * @param failedTasks how many tasks ended otherwise than well
 * @param speculative how many tasks were second copies of slow ones, however they ended
 * @param overtook when those of these began that ended before the first copy, milliseconds of the
 *     epoch
 * @param came the executors that came after the first step of a training and before the last
 * @param went those that went meanwhile, for whatever reason
 * @param gap milliseconds from the going of an executor meanwhile to the end of the first task of
 *     one that came after it; the longest such time, and 0 if there is none
 */
record EventLog(
    String master,
    Set<String> executors,
    int failedTasks,
    int speculative,
    List<Long> overtook,
    Set<String> came,
    Set<String> went,
    long gap) {

  static EventLog read(Path folder) throws IOException {
    Reader reader = new Reader();
    for (Path file : files(folder)) {
      for (String line : Files.readAllLines(file)) {
        reader.add(line);
      }
    }
    return new EventLog(
        reader.master,
        reader.executors,
        reader.failedTasks,
        reader.speculative,
        reader.overtook,
        reader.came,
        reader.went,
        reader.gap);
  }

  private static List<Path> files(Path folder) throws IOException {
    try (var entries = Files.walk(folder)) {
      return new ArrayList<>(
          entries
              .filter(Files::isRegularFile)
              .filter(file -> !file.getFileName().toString().startsWith("."))
              .sorted()
              .toList());
    }
  }

  /** Takes one event after the other. */
  private static final class Reader {
    private final ObjectMapper json = new ObjectMapper();
    private final Set<String> executors = new TreeSet<>();
    private final Set<String> came = new TreeSet<>();
    private final Set<String> went = new TreeSet<>();
    private final Set<String> cameSinceAStep = new TreeSet<>();
    private final Set<String> wentSinceAStep = new TreeSet<>();
    private String master = "";
    private final Set<String> awaited = new TreeSet<>();
    private int failedTasks;
    private int speculative;
    private final List<Long> overtook = new ArrayList<>();
    private long wentAt;
    private long gap;
    private boolean training;

    void add(String line) throws IOException {
      JsonNode event = json.readTree(line);
      String executor = event.path("Executor ID").asText();
      switch (event.path("Event").asText()) {
        case "SparkListenerEnvironmentUpdate" ->
            master = event.path("Spark Properties").path("spark.master").asText();
        case "SparkListenerExecutorAdded" -> {
          cameSinceAStep.add(executor);
          awaited.add(executor);
        }
        case "SparkListenerExecutorRemoved" -> {
          wentSinceAStep.add(executor);
          wentAt = event.path("Timestamp").asLong();
          awaited.clear();
        }
        case "SparkListenerJobStart" ->
            job(event.path("Properties").path("callSite.short").asText());
        case "SparkListenerTaskEnd" ->
            task(event.path("Task Info"), event.path("Task End Reason").path("Reason").asText());
        default -> {}
      }
    }

    private void task(JsonNode task, String reason) {
      String executor = task.path("Executor ID").asText();
      boolean second = task.path("Speculative").asBoolean();
      speculative += second ? 1 : 0;
      if (!reason.equals("Success")) {
        failedTasks++;
        return;
      }
      if (second) {
        overtook.add(task.path("Launch Time").asLong());
      }
      executors.add(executor);
      if (wentAt > 0 && awaited.contains(executor)) {
        gap = Math.max(gap, task.path("Finish Time").asLong() - wentAt);
        wentAt = 0;
      }
    }

    /** What happened counts once another step follows it. */
    private void job(String name) {
      if (!name.equals("training step")) {
        return;
      }
      if (training) {
        came.addAll(cameSinceAStep);
        went.addAll(wentSinceAStep);
      }
      cameSinceAStep.clear();
      wentSinceAStep.clear();
      training = true;
    }
  }
}
