package dev.rankwise.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rankwise.models.format.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The packaged jar under {@code spark-submit}: a small cut of the quick start on a standalone
 * cluster of two workers, and on Spark's other masters. Spark's event log says where the tasks
 * really ran.
 */
@Tag("cluster")
final class SparkClusterIT {

  private static final Path FOLDER = Path.of(System.getProperty("rankwise.cluster.folder"));
  private static final Set<String> DRIVER = Set.of("driver");
  private static final Set<String> TWO_EXECUTORS = Set.of("0", "1");
  private static final String NO_FOLDER = "/proc/nobody";

  private static SparkHome home;
  private static StandaloneCluster cluster;

  @BeforeAll
  static void startCluster() throws IOException, InterruptedException {
    home = SparkHome.create(FOLDER.resolve("spark-home"));
    cluster = StandaloneCluster.start(home, 2, emptyFolder("standalone"));
  }

  @AfterAll
  static void stopCluster() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @Test
  @Tag("core")
  void theAdapterHasTheSameBytesOnEveryMaster() throws IOException, InterruptedException {
    Map<String, Set<String>> masters = new LinkedHashMap<>();
    masters.put("local[1]", DRIVER);
    masters.put("local[2]", DRIVER);
    masters.put("local-cluster[2,1,1024]", TWO_EXECUTORS);
    masters.put(cluster.master(), TWO_EXECUTORS);
    List<String> hashes = new ArrayList<>();
    for (String master : masters.keySet()) {
      Path folder = emptyFolder("identity-" + hashes.size());
      SparkSubmit.Finished finished = tune(submit(master, folder), folder);
      assertThat(finished.events().master()).isEqualTo(master);
      assertThat(finished.events().executors()).isEqualTo(masters.get(master));
      assertThat(watchedProcesses(folder))
          .as("the driver and its executors")
          .hasSize(masters.get(master).equals(DRIVER) ? 1 : 3);
      hashes.add(Sha256.ofFile(folder.resolve("run/adapter/adapter_model.safetensors")));
      System.out.println(hashes.get(hashes.size() - 1) + "  " + master);
    }
    assertThat(Set.copyOf(hashes)).hasSize(1);
  }

  /** With ranks decided on the driver, and fewer parameters on the wire after the last decision. */
  @Test
  void soHasTheAdapterWhoseRanksMove() throws IOException, InterruptedException {
    Map<String, Set<String>> masters = new LinkedHashMap<>();
    masters.put("local[1]", DRIVER);
    masters.put(cluster.master(), TWO_EXECUTORS);
    List<String> hashes = new ArrayList<>();
    for (String master : masters.keySet()) {
      Path folder = emptyFolder("ranks-" + hashes.size());
      List<String> arguments =
          List.of(
              "tune",
              inCheckout("conf/quickstart-adalora.yaml"),
              "--out",
              folder.resolve("run").toString(),
              "--set",
              "data.train-rows=512",
              "--set",
              "data.test-rows=64",
              "--set",
              "train.max-steps=6",
              "--set",
              "evaluate.frozen-base=false");
      SparkSubmit.Finished finished = run(submit(master, folder), folder, 6, arguments);
      assertThat(finished.events().executors()).isEqualTo(masters.get(master));
      hashes.add(Sha256.ofFile(folder.resolve("run/adapter/adapter_model.safetensors")));
      System.out.println(hashes.get(hashes.size() - 1) + "  " + master + ", ranks that move");
    }
    assertThat(Set.copyOf(hashes)).hasSize(1);
  }

  /**
   * A decoder with packed texts, several micro-batches a group, dropout, blocks computed again, and
   * linear weights in four bits, which the executors of a host share: the first of them makes the
   * file that both map.
   */
  @Test
  void soHasTheAdapterOfADecoderInFourBits() throws IOException, InterruptedException {
    Map<String, Set<String>> masters = new LinkedHashMap<>();
    masters.put("local[1]", DRIVER);
    masters.put(cluster.master(), TWO_EXECUTORS);
    Path rows = Files.write(emptyFolder("decoder-rows").resolve("rows.jsonl"), shortRows());
    List<String> hashes = new ArrayList<>();
    for (String master : masters.keySet()) {
      Path folder = emptyFolder("decoder-" + hashes.size());
      Path cache = Files.createDirectory(folder.resolve("cache"));
      SparkSubmit submit =
          submit(master, folder)
              .with("spark.scheduler.minRegisteredResourcesRatio", "1.0")
              .with("spark.executorEnv.RANKWISE_CACHE_DIR", cache.toString());
      SparkSubmit.Finished finished = run(submit, folder, 5, decoder(folder.resolve("run"), rows));
      assertThat(finished.events().executors()).isEqualTo(masters.get(master));
      assertThat(filesBelow(cache))
          .filteredOn(name -> name.endsWith(".base"))
          .as("files that executors made")
          .hasSize(masters.get(master).equals(DRIVER) ? 0 : 1);
      hashes.add(Sha256.ofFile(folder.resolve("run/adapter/adapter_model.safetensors")));
      System.out.println(
          hashes.get(hashes.size() - 1) + "  " + master + ", a decoder in four bits");
    }
    assertThat(Set.copyOf(hashes)).hasSize(1);
    JsonNode first = firstStep(FOLDER.resolve("decoder-0/run/metrics.jsonl"));
    assertThat(first.path("tokens").asInt())
        .as("more than a pass of each of the four groups takes")
        .isGreaterThan(4 * 256);
  }

  private static List<String> decoder(Path run, Path rows) {
    return definedWords(
        run,
        "base.quantization=nf4",
        "data.source=" + rows,
        "data.test-fraction=0.1",
        "adapter.dropout=0.1",
        "train.groups=4",
        "train.batch-size=16",
        "train.micro-batch-tokens=256",
        "train.activations=recomputed",
        "train.epochs=9",
        "train.max-steps=5",
        "evaluate.every-steps=2");
  }

  /** The dictionary itself takes far longer to read than five steps do. */
  private static List<String> shortRows() {
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < 900; i++) {
      rows.add(
          "{\"id\":\"%s\",\"prompt\":\"the number after %s\",\"completion\":\"%s\"}"
              .formatted(i, i, i + 1));
    }
    return rows;
  }

  private static List<String> definedWords(Path run, String... settings) {
    List<String> arguments =
        new ArrayList<>(
            List.of("tune", inCheckout("conf/define-words.yaml"), "--out", run.toString()));
    arguments.addAll(List.of("--set", "base.model=" + inCheckout("models/dictionary")));
    for (String setting : settings) {
      arguments.addAll(List.of("--set", setting));
    }
    return arguments;
  }

  private static String inCheckout(String path) {
    return Path.of("..", path).toAbsolutePath().normalize().toString();
  }

  private static JsonNode firstStep(Path metrics) throws IOException {
    return new ObjectMapper().readTree(Files.readAllLines(metrics).get(0));
  }

  @Test
  void twoExecutorsOfAHostUnpackOnceWithoutHomeAndNetwork()
      throws IOException, InterruptedException {
    assertThatThrownBy(() -> Files.createDirectory(Path.of(NO_FOLDER)))
        .isInstanceOf(IOException.class);
    Path folder = emptyFolder("no-home");
    Path cache = Files.createDirectory(folder.resolve("cache"));
    SparkSubmit submit =
        submit(cluster.master(), folder)
            .with("spark.scheduler.minRegisteredResourcesRatio", "1.0")
            .with("spark.executorEnv.HOME", NO_FOLDER)
            .with("spark.executorEnv.DJL_CACHE_DIR", cache.toString())
            .with("spark.executor.extraJavaOptions", noHomeAndNoNetwork());
    try (LockWatch lock = new LockWatch(cache.resolve("rankwise.lock"))) {
      SparkSubmit.Finished finished = tune(submit, folder);
      assertThat(finished.events().executors()).isEqualTo(TWO_EXECUTORS);
      assertThat(finished.events().failedTasks()).isZero();
      assertThat(lock.holders()).hasSize(2);
      assertThat(lock.waiters()).isNotEmpty();
    }
    assertThat(cluster.executorLogs())
        .filteredOn(log -> log.contains("-Duser.home=" + NO_FOLDER))
        .hasSize(2);
    assertThat(filesBelow(cache)).filteredOn(name -> name.endsWith("libtorch_cpu.so")).hasSize(1);
  }

  /**
   * A home folder that nobody can make, and a proxy for any download at a port that nobody serves.
   */
  private static String noHomeAndNoNetwork() {
    List<String> options = new ArrayList<>(List.of("-Duser.home=" + NO_FOLDER));
    for (String protocol : List.of("http", "https")) {
      options.add("-D" + protocol + ".proxyHost=127.0.0.1");
      options.add("-D" + protocol + ".proxyPort=9");
    }
    return String.join(" ", options);
  }

  private static SparkSubmit submit(String master, Path folder) {
    return new SparkSubmit(home, master, folder);
  }

  private static SparkSubmit.Finished tune(SparkSubmit submit, Path folder)
      throws IOException, InterruptedException {
    return run(
        submit,
        folder,
        6,
        List.of(
            "quickstart",
            "--out",
            folder.resolve("run").toString(),
            "--set",
            "data.train-rows=512",
            "--set",
            "data.test-rows=64",
            "--set",
            "train.max-steps=6"));
  }

  private static SparkSubmit.Finished run(
      SparkSubmit submit, Path folder, int steps, List<String> arguments)
      throws IOException, InterruptedException {
    SparkSubmit.Finished finished = submit.run(arguments);
    assertThat(finished.exitCode()).as(finished.output()).isZero();
    JsonNode result = new ObjectMapper().readTree(folder.resolve("run/result.json").toFile());
    assertThat(result.path("exit_code").asInt(-1)).isZero();
    assertThat(result.path("steps").asInt()).isEqualTo(steps);
    return finished;
  }

  private static Set<Long> watchedProcesses(Path folder) throws IOException {
    JsonNode result = new ObjectMapper().readTree(folder.resolve("run/result.json").toFile());
    Set<Long> processes = new TreeSet<>();
    result.get("memory").forEach(process -> processes.add(process.get("process").longValue()));
    return processes;
  }

  private static Path emptyFolder(String name) {
    return ClusterFolders.empty(name);
  }

  private static List<String> filesBelow(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      return files.map(Path::toString).toList();
    }
  }
}
