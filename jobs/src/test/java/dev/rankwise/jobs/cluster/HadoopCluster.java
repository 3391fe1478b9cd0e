package dev.rankwise.jobs.cluster;

import dev.rankwise.models.LeftOut;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;

/**
 * Hadoop's own name node and data node, and with them its resource manager and node manager where
 * they are asked for: one process, on ports that are free, on the loopback device alone.
 */
final class HadoopCluster implements AutoCloseable {
  private static final String LOOPBACK = "127.0.0.1";
  private static final Duration START_LIMIT = Duration.ofMinutes(2);
  private static final List<String> OPENED =
      List.of("java.lang", "java.util", "java.util.concurrent");

  /** What YARN listens on, by the setting that says where. */
  private static final List<String> YARN_ADDRESSES =
      List.of(
          "yarn.resourcemanager.scheduler.address",
          "yarn.resourcemanager.resource-tracker.address",
          "yarn.resourcemanager.admin.address",
          "yarn.resourcemanager.webapp.address",
          "yarn.nodemanager.address",
          "yarn.nodemanager.localizer.address",
          "yarn.nodemanager.collector-service.address",
          "yarn.nodemanager.webapp.address",
          "mapreduce.jobhistory.address",
          "mapreduce.jobhistory.admin.address",
          "mapreduce.jobhistory.webapp.address");

  private final ChildProcess process;
  private final Path configuration;
  private final String fileSystem;

  private HadoopCluster(ChildProcess process, Path configuration, String fileSystem) {
    this.process = process;
    this.configuration = configuration;
    this.fileSystem = fileSystem;
  }

  /** Starts HDFS. */
  static HadoopCluster hdfs(Path folder) throws IOException, InterruptedException {
    List<String> options = List.of("-datanodes", "1", "-nnport", "" + freePort());
    return start("org.apache.hadoop.test.MiniDFSClusterManager", options, folder);
  }

  /** Starts HDFS and YARN. */
  static HadoopCluster yarn(Path folder) throws IOException, InterruptedException {
    int manager = freePort();
    // What the cluster says of itself names classes that a client lacks.
    Map<String, String> client = new TreeMap<>();
    client.put("yarn.resourcemanager.hostname", LOOPBACK);
    client.put("yarn.resourcemanager.address", LOOPBACK + ":" + manager);
    List<String> options = new ArrayList<>(List.of("-nnport", "" + freePort()));
    options.addAll(List.of("-rmport", "" + manager, "-jhsport", "" + freePort()));
    for (String name : YARN_ADDRESSES) {
      String address = LOOPBACK + ":" + freePort();
      options.addAll(List.of("-D", name + "=" + address));
      client.put(name, address);
    }
    for (String host :
        List.of(
            "yarn.resourcemanager.bind-host",
            "yarn.nodemanager.bind-host",
            "mapreduce.jobhistory.bind-host")) {
      options.addAll(List.of("-D", host + "=" + LOOPBACK));
    }
    options.addAll(List.of("-D", "yarn.minicluster.yarn.nodemanager.resource.memory-mb=12288"));
    options.addAll(List.of("-D", "yarn.nodemanager.resource.cpu-vcores=8"));
    options.addAll(List.of("-D", "yarn.scheduler.minimum-allocation-mb=256"));
    // Java sets much more address space aside than it uses.
    options.addAll(List.of("-D", "yarn.nodemanager.vmem-check-enabled=false"));
    // By itself a node with less than a tenth of its disk free is given no work, without a word.
    options.addAll(
        List.of(
            "-D",
            "yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage=99"));
    HadoopCluster cluster =
        start("org.apache.hadoop.mapreduce.MiniHadoopClusterManager", options, folder);
    write(cluster.configuration.resolve("yarn-site.xml"), client);
    return cluster;
  }

  /** Its file system, as {@code hdfs://HOST:PORT}. */
  String fileSystem() {
    return fileSystem;
  }

  /** A folder for {@code HADOOP_CONF_DIR}. */
  Path configuration() {
    return configuration;
  }

  @Override
  public void close() {
    process.close();
  }

  private static HadoopCluster start(String program, List<String> options, Path folder)
      throws IOException, InterruptedException {
    Files.createDirectories(folder);
    Path written = folder.resolve("cluster.xml");
    Files.deleteIfExists(written);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    OPENED.forEach(name -> command.add("--add-opens=java.base/" + name + "=ALL-UNNAMED"));
    command.addAll(List.of("-Xmx768m", "-Djava.net.preferIPv4Stack=true"));
    command.add("-Dtest.build.data=" + Files.createDirectories(folder.resolve("data")));
    command.addAll(List.of("-cp", classPath(), program, "-format"));
    command.addAll(List.of("-writeConfig", written.toString()));
    command.addAll(options);
    ChildProcess process =
        ChildProcess.start(
            command,
            Map.of("JAVA_HOME", System.getProperty("java.home")),
            folder,
            folder.resolve("hadoop.log"));
    boolean started = false;
    try {
      String fileSystem = fileSystem(written, process);
      Path configuration = Files.createDirectories(folder.resolve("conf"));
      write(configuration.resolve("core-site.xml"), Map.of("fs.defaultFS", fileSystem));
      started = true;
      return new HadoopCluster(process, configuration, fileSystem);
    } finally {
      if (!started) {
        process.close();
      }
    }
  }

  /** Waits for the file in which the cluster describes itself; it is empty for a moment. */
  private static String fileSystem(Path written, ChildProcess process)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + START_LIMIT.toNanos();
    while (!Files.exists(written) || !Files.readString(written).contains("</configuration>")) {
      if (!process.isAlive() || System.nanoTime() > end) {
        throw new AssertionError("Hadoop did not start:\n" + process.tail());
      }
      Thread.sleep(100);
    }
    Configuration cluster = new Configuration(false);
    cluster.addResource(new org.apache.hadoop.fs.Path(written.toUri()));
    return cluster.get("fs.defaultFS").replace("localhost", LOOPBACK);
  }

  private static void write(Path file, Map<String, String> settings) throws IOException {
    Configuration configuration = new Configuration(false);
    settings.forEach(configuration::set);
    try (var out = Files.newOutputStream(file)) {
      configuration.writeXml(out);
    }
  }

  private static String classPath() throws IOException {
    Path file = Path.of(System.getProperty("rankwise.hadoop.classpath", "/nowhere"));
    if (!Files.exists(file)) {
      LeftOut.because(
          "Hadoop's own cluster, because its jars are not listed at %s; .ci/clusters gets them"
              .formatted(file));
    }
    return Files.readString(file).strip();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
