package dev.rankwise.jobs.cluster;

import dev.rankwise.models.LeftOut;
import java.io.File;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.MalformedURLException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;

/** A server that speaks S3, moto from PyPI, with one bucket; a process of its own on loopback. */
final class ObjectStore implements AutoCloseable {
  private static final String LOOPBACK = "127.0.0.1";
  private static final String BUCKET = "rankwise";
  private static final Duration START_LIMIT = Duration.ofSeconds(60);

  private final ChildProcess process;
  private final int port;

  private ObjectStore(ChildProcess process, int port) {
    this.process = process;
    this.port = port;
  }

  static ObjectStore start(Path folder) throws IOException, InterruptedException {
    Path program = Path.of(System.getProperty("rankwise.moto", "/nowhere"));
    if (!Files.isExecutable(program)) {
      LeftOut.because(
          "an object store, because there is no moto_server at %s; .ci/clusters installs it"
              .formatted(program));
    }
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    List<String> command = List.of(program.toString(), "-H", LOOPBACK, "-p", "" + port);
    Files.createDirectories(folder);
    ChildProcess process =
        ChildProcess.start(command, Map.of(), folder, folder.resolve("moto.log"));
    ObjectStore store = new ObjectStore(process, port);
    store.makeBucket();
    return store;
  }

  private void makeBucket() throws IOException, InterruptedException {
    long end = System.nanoTime() + START_LIMIT.toNanos();
    while (true) {
      try {
        URL bucket = URI.create("http://%s:%s/%s".formatted(LOOPBACK, port, BUCKET)).toURL();
        HttpURLConnection connection = (HttpURLConnection) bucket.openConnection();
        connection.setRequestMethod("PUT");
        if (connection.getResponseCode() == 200) {
          return;
        }
        throw new IOException("HTTP " + connection.getResponseCode());
      } catch (IOException e) {
        if (!process.isAlive() || System.nanoTime() > end) {
          process.close();
          throw new AssertionError("The object store did not start:\n" + process.tail(), e);
        }
        Thread.sleep(100);
      }
    }
  }

  /** Address of the bucket. */
  String bucket() {
    return "s3a://" + BUCKET;
  }

  /** How it is reached, as settings of Hadoop; its keys are any. */
  Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("fs.s3a.endpoint", "http://%s:%s".formatted(LOOPBACK, port));
    settings.put("fs.s3a.path.style.access", "true");
    settings.put("fs.s3a.connection.ssl.enabled", "false");
    return settings;
  }

  /** The same for this process, with the classes of {@link #jars}. */
  Configuration configuration() throws IOException {
    Configuration configuration = new Configuration();
    configuration.setClassLoader(new URLClassLoader(urls(), ObjectStore.class.getClassLoader()));
    settings().forEach(configuration::set);
    configuration.set("fs.s3a.access.key", "any");
    configuration.set("fs.s3a.secret.key", "any");
    return configuration;
  }

  private static URL[] urls() throws IOException {
    List<URL> urls = new ArrayList<>();
    for (String jar : jars()) {
      try {
        urls.add(Path.of(jar).toUri().toURL());
      } catch (MalformedURLException e) {
        throw new AssertionError(e);
      }
    }
    return urls.toArray(URL[]::new);
  }

  /** What Hadoop needs to speak S3. */
  static List<String> jars() throws IOException {
    Path file = Path.of(System.getProperty("rankwise.hadoop.classpath", "/nowhere"));
    if (!Files.exists(file)) {
      LeftOut.because(
          "an object store, because the jars of hadoop-aws are not listed at %s; .ci/clusters gets them"
              .formatted(file));
    }
    requireHadoopOf(file);
    List<String> jars = new ArrayList<>();
    for (String jar : Files.readString(file).strip().split(File.pathSeparator)) {
      String name = Path.of(jar).getFileName().toString();
      if (name.startsWith("hadoop-aws-")
          || name.startsWith("aws-java-sdk-bundle-")
          || name.startsWith("wildfly-openssl-")) {
        jars.add(jar);
      }
    }
    return jars;
  }

  /** hadoop-aws works with Hadoop's client of its own version alone. */
  private static void requireHadoopOf(Path file) throws IOException {
    for (Path jar : SparkHome.jars()) {
      String name = jar.getFileName().toString();
      if (name.startsWith("hadoop-client-api-")
          && !Files.readString(file).contains(name.replace("client-api", "aws"))) {
        LeftOut.because(
            "an object store, because there is no hadoop-aws for %s of this Spark".formatted(name));
      }
    }
  }

  @Override
  public void close() {
    process.close();
  }
}
