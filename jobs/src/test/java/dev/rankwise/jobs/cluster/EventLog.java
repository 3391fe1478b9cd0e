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
 */
record EventLog(String master, Set<String> executors, int failedTasks) {

  static EventLog read(Path folder) throws IOException {
    ObjectMapper json = new ObjectMapper();
    String master = "";
    Set<String> executors = new TreeSet<>();
    int failed = 0;
    for (Path file : files(folder)) {
      for (String line : Files.readAllLines(file)) {
        JsonNode event = json.readTree(line);
        switch (event.path("Event").asText()) {
          case "SparkListenerEnvironmentUpdate" ->
              master = event.path("Spark Properties").path("spark.master").asText();
          case "SparkListenerTaskEnd" -> {
            if (event.path("Task End Reason").path("Reason").asText().equals("Success")) {
              executors.add(event.path("Task Info").path("Executor ID").asText());
            } else {
              failed++;
            }
          }
          default -> {}
        }
      }
    }
    return new EventLog(master, executors, failed);
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
}
