package dev.rankwise.jobs.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.source.BaseCache;
import dev.rankwise.models.source.BaseSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;

/**
 * Runs of one recipe whose base, rows and run folders lie on a file system that is not this host's:
 * MiniLM learns to tell three kinds of tickets apart, long enough to be disturbed on the way.
 *
 * @param system the file system
 * @param home the folder on it that holds everything, with its full address
 */
record RealRuns(FileSystem system, String home) {
  static final int STEPS = 40;
  private static final int ROWS = 480;
  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final List<String> QUEUES = List.of("billing", "feature", "outage");
  private static final List<String> WORDS =
      List.of("The invoice is wrong", "Please add an option", "The server is down");

  /** Puts base and rows there. */
  static RealRuns prepare(String home, Configuration configuration) throws IOException {
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(home);
    FileSystem system = FileSystem.newInstance(path.toUri(), configuration);
    Path base = new BaseSource(BaseCache.defaultRoot()).resolve("minilm").directory();
    for (String name : List.of("config.json", "tokenizer.json", "model.safetensors")) {
      system.copyFromLocalFile(
          false,
          true,
          new org.apache.hadoop.fs.Path(base.resolve(name).toUri()),
          new org.apache.hadoop.fs.Path(path, "base/" + name));
    }
    try (var out = system.create(new org.apache.hadoop.fs.Path(path, "rows.csv"), true)) {
      out.write(String.join("\n", rows()).getBytes(StandardCharsets.UTF_8));
    }
    return new RealRuns(system, home);
  }

  private static List<String> rows() {
    List<String> rows = new ArrayList<>(List.of("message,queue"));
    for (int row = 0; row < ROWS; row++) {
      int queue = row % QUEUES.size();
      rows.add("\"%s, ticket %s\",%s".formatted(WORDS.get(queue), row, QUEUES.get(queue)));
    }
    return rows;
  }

  /** Arguments of {@code tune} into a run folder. */
  List<String> tune(Path recipe, String out) throws IOException {
    Files.writeString(
        recipe,
        """
        base: {model: "%1$s/base"}
        data:
          source: "%1$s/rows.csv"
          text-column: message
          label-column: queue
          test-fraction: 0.1
          max-tokens: 32
        adapter: {rank: 4, alpha: 8, targets: [query, value], modules-to-save: [classifier, pooler]}
        train: {batch-size: 32, groups: 4, max-steps: %2$s, epochs: 100, learning-rate: 1e-3}
        evaluate: {frozen-base: false}
        output: {checkpoint-every-steps: 4}
        """
            .formatted(home, STEPS));
    return List.of("tune", recipe.toString(), "--out", out);
  }

  /** Address of a run folder. */
  String run(String name) {
    return home + "/runs/" + name;
  }

  /** Hash of the adapter in a run folder. */
  String adapter(String run) throws IOException {
    return Sha256.ofBytes(read(run + "/adapter/adapter_model.safetensors"));
  }

  /** A JSON file in a run folder. */
  JsonNode json(String run, String file) throws IOException {
    return new ObjectMapper().readTree(read(run + "/" + file));
  }

  /** A text file in a run folder, line by line. */
  List<String> lines(String run, String file) throws IOException {
    return new String(read(run + "/" + file), StandardCharsets.UTF_8).lines().toList();
  }

  /** Names of what lies in a folder. */
  List<String> list(String folder) throws IOException {
    List<String> names = new ArrayList<>();
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(folder);
    if (system.exists(path)) {
      for (FileStatus status : system.listStatus(path)) {
        names.add(status.getPath().getName());
      }
    }
    return names;
  }

  /** Waits until a run has left a checkpoint of that step or a later one. */
  void awaitStep(String run, int step, ChildProcess driver)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (reached(run) < step) {
      if (!driver.isAlive() || System.nanoTime() > end) {
        throw new AssertionError("Step " + step + " was not reached:\n" + driver.tail());
      }
      Thread.sleep(50);
    }
  }

  /** The step of the newest checkpoint that a run has left; -1 if there is none. */
  int reached(String run) throws IOException {
    return list(run + "/checkpoints").stream()
        .filter(name -> name.startsWith("term-"))
        .mapToInt(name -> Integer.parseInt(name.substring(name.lastIndexOf('-') + 1)))
        .max()
        .orElse(-1);
  }

  private byte[] read(String file) throws IOException {
    try (FSDataInputStream in = system.open(new org.apache.hadoop.fs.Path(file))) {
      return in.readAllBytes();
    }
  }
}
