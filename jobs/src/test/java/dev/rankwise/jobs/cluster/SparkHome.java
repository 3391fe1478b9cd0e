package dev.rankwise.jobs.cluster;

import dev.rankwise.models.LeftOut;
import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A Spark installation: one that is laid out here, {@code jars/} with the jars of Spark itself,
 * linked from where Maven keeps them, and {@code conf/}; or a distribution that somebody else put
 * together, with its own {@code bin/spark-submit}. Spark's jars are resolved apart from ours, so a
 * library of Spark's has Spark's version here.
 */
record SparkHome(Path folder, Map<String, String> further) {

  SparkHome {
    further = Map.copyOf(further);
  }

  private static final String LOGGING =
      """
      rootLogger.level = info
      rootLogger.appenderRef.console.ref = console
      appender.console.type = Console
      appender.console.name = console
      appender.console.target = SYSTEM_ERR
      appender.console.layout.type = PatternLayout
      appender.console.layout.pattern = %d{HH:mm:ss.SSS} %p %c{1}: %m%n%ex
      """;

  /** Lays an installation out in a folder, which may hold an older one. */
  static SparkHome create(Path folder) throws IOException {
    Path jars = Files.createDirectories(folder.resolve("jars"));
    try (DirectoryStream<Path> links = Files.newDirectoryStream(jars)) {
      for (Path link : links) {
        Files.delete(link);
      }
    }
    for (Path jar : jars()) {
      Files.createSymbolicLink(jars.resolve(jar.getFileName()), jar);
    }
    Path conf = Files.createDirectories(folder.resolve("conf"));
    Files.writeString(conf.resolve("log4j2.properties"), LOGGING);
    return new SparkHome(folder, Map.of());
  }

  /**
   * The distribution that PyPI serves as {@code pyspark}; without it the test is left out.
   *
   * <p>It has YARN and Kubernetes, and every jar in the version of Spark.
   */
  static SparkHome distribution() {
    Path folder = Path.of(System.getProperty("rankwise.pyspark", "/nowhere"));
    if (!Files.isExecutable(folder.resolve("bin/spark-submit"))) {
      LeftOut.because(
          "a Spark distribution that others made, because there is none at %s; .ci/clusters installs it"
              .formatted(folder));
    }
    return new SparkHome(folder, Map.of());
  }

  /** The same, with something more in the environment of its processes. */
  SparkHome with(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(further);
    more.put(name, value);
    return new SparkHome(folder, more);
  }

  /** The beginning of a submission: the distribution's own command, or what it would run. */
  List<String> submit(String memory, List<String> options) {
    Path command = folder.resolve("bin/spark-submit");
    if (Files.exists(command)) {
      return new ArrayList<>(List.of(command.toString(), "--driver-memory", memory));
    }
    List<String> java = java(memory, options);
    java.add("org.apache.spark.deploy.SparkSubmit");
    return java;
  }

  /** The jars that a Spark installation has. */
  static List<Path> jars() throws IOException {
    String classPath = Files.readString(Path.of(System.getProperty("rankwise.spark.classpath")));
    List<Path> jars = new ArrayList<>();
    for (String jar : classPath.strip().split(File.pathSeparator)) {
      jars.add(Path.of(jar));
    }
    return jars;
  }

  /** What every process of the installation finds in its environment. */
  Map<String, String> environment() {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("SPARK_HOME", folder.toString());
    environment.put("SPARK_SCALA_VERSION", scala());
    environment.put("SPARK_LOCAL_IP", "127.0.0.1");
    environment.put("SPARK_LOCAL_HOSTNAME", "127.0.0.1");
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.putAll(further);
    return environment;
  }

  /** The binary version of the Scala that Spark is for, such as 2.12. */
  private static String scala() {
    String version = scala.util.Properties.versionNumberString();
    return version.substring(0, version.lastIndexOf('.'));
  }

  /** Options of Java for processes that last for a test. */
  static String brief() {
    return System.getProperty("rankwise.jvm.brief");
  }

  /** The beginning of a command line: Java with the installation on its class path. */
  List<String> java(String memory, List<String> options) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx" + memory);
    command.addAll(List.of(brief().split(" ")));
    command.addAll(options);
    command.add("-cp");
    command.add(folder.resolve("conf") + File.pathSeparator + folder.resolve("jars") + "/*");
    return command;
  }
}
