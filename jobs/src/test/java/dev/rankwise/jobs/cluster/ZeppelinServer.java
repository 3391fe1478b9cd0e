package dev.rankwise.jobs.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/**
 * A Zeppelin server of the registry, driven over REST.
 *
 * <p>Its own are the server, the launcher, the interpreter process and the classes behind {@code
 * %spark} and {@code %spark.sql}. Not its own are the script that starts an interpreter, which no
 * registry has, and the one class that evaluates Scala, see {@code SparkScala212Interpreter} of the
 * test resources. It has no web UI.
 */
final class ZeppelinServer implements AutoCloseable {
  private static final Duration START = Duration.ofMinutes(2);

  /** Libraries that Spark brings in versions of its own. */
  private static final List<String> SPARKS =
      List.of("slf4j-", "log4j-", "jcl-over-slf4j-", "netty-", "protobuf-java-");

  private static final String SETTING = "interpreter-setting.json";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient client = HttpClient.newHttpClient();
  private final ChildProcess process;
  private final String address;

  private ZeppelinServer(ChildProcess process, int port) {
    this.process = process;
    this.address = "http://127.0.0.1:" + port + "/api";
  }

  /**
   * Starts a server whose interpreters run on a Spark.
   *
   * @param settings of Spark
   */
  static ZeppelinServer start(SparkHome spark, Path folder, Map<String, String> settings)
      throws IOException, InterruptedException {
    Path home = folder.toAbsolutePath();
    Path war = Files.createDirectories(home.resolve("war/WEB-INF"));
    Files.writeString(war.resolve("web.xml"), "<web-app></web-app>\n");
    Files.createDirectories(home.resolve("conf"));
    Files.createDirectories(home.resolve("notebook"));
    Files.createDirectories(home.resolve("logs"));
    layInterpreterOut(spark, home, settings);
    int port = freePort();
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx512m", System.getProperty("rankwise.jvm.opens")));
    command.addAll(List.of("-cp", path(NotebookHome.jars("rankwise.zeppelin.classpath"))));
    command.add("org.apache.zeppelin.server.ZeppelinServer");
    ChildProcess process =
        ChildProcess.start(
            command, environment(spark, home, port), home, home.resolve("zeppelin.log"));
    ZeppelinServer server = new ZeppelinServer(process, port);
    boolean up = false;
    try {
      server.awaitStart();
      server.allowThisSpark();
      up = true;
      return server;
    } finally {
      if (!up) {
        server.close();
      }
    }
  }

  private static Map<String, String> environment(SparkHome spark, Path home, int port) {
    Map<String, String> environment = new LinkedHashMap<>(spark.environment());
    environment.put("ZEPPELIN_HOME", home.toString());
    environment.put("ZEPPELIN_CONF_DIR", home.resolve("conf").toString());
    environment.put("ZEPPELIN_NOTEBOOK_DIR", home.resolve("notebook").toString());
    environment.put("ZEPPELIN_LOG_DIR", home.resolve("logs").toString());
    environment.put("ZEPPELIN_WAR", home.resolve("war").toString());
    environment.put("ZEPPELIN_ANGULAR_WAR", home.resolve("war").toString());
    environment.put("ZEPPELIN_ADDR", "127.0.0.1");
    environment.put("ZEPPELIN_LOCAL_IP", "127.0.0.1");
    environment.put("ZEPPELIN_PORT", Integer.toString(port));
    // Without a name it waits for a key on a console that is not there, and ends.
    environment.put("ZEPPELIN_IDENT_STRING", "rankwise");
    return environment;
  }

  private static void layInterpreterOut(SparkHome spark, Path home, Map<String, String> settings)
      throws IOException {
    Path folder = Files.createDirectories(home.resolve("interpreter/spark"));
    List<Path> jars =
        NotebookHome.jars("rankwise.zeppelin.interpreter.classpath").stream()
            .filter(jar -> SPARKS.stream().noneMatch(jar.getFileName().toString()::startsWith))
            .toList();
    for (Path jar : jars) {
      Files.createSymbolicLink(folder.resolve(jar.getFileName()), jar);
      if (jar.getFileName().toString().startsWith("spark-interpreter-")) {
        try (ZipFile zip = new ZipFile(jar.toFile())) {
          ZipEntry entry = zip.getEntry(SETTING);
          try (InputStream setting = zip.getInputStream(entry)) {
            Files.write(folder.resolve(SETTING), setting.readAllBytes());
          }
        }
      }
    }
    Path evaluator = Files.createDirectories(home.resolve("evaluator"));
    compile(spark, jars, evaluator);
    Path scala = Files.createDirectories(folder.resolve("scala-2.12"));
    jar(evaluator, scala.resolve("evaluator.jar"));
    Path script = Files.createDirectories(home.resolve("bin")).resolve("interpreter.sh");
    Files.writeString(script, script(spark, settings));
    script.toFile().setExecutable(true);
  }

  private static void compile(SparkHome spark, List<Path> interpreter, Path into)
      throws IOException {
    Path source = into.resolve("SparkScala212Interpreter.java");
    try (InputStream text =
        ZeppelinServer.class.getResourceAsStream("/zeppelin/SparkScala212Interpreter.java")) {
      Files.write(source, text.readAllBytes());
    }
    List<Path> jars = new ArrayList<>(interpreter);
    try (Stream<Path> sparks = Files.list(spark.folder().resolve("jars"))) {
      sparks.forEach(jars::add);
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    int failed =
        compiler.run(
            null,
            null,
            null,
            "-nowarn",
            "-proc:none",
            "-d",
            into.toString(),
            "-cp",
            path(jars),
            source.toString());
    if (failed != 0) {
      throw new AssertionError("The class that evaluates Scala does not compile");
    }
  }

  private static void jar(Path classes, Path jar) throws IOException {
    try (var out = new java.util.jar.JarOutputStream(Files.newOutputStream(jar));
        Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(it -> it.toString().endsWith(".class")).sorted().toList()) {
        out.putNextEntry(new ZipEntry(classes.relativize(file).toString()));
        Files.copy(file, out);
        out.closeEntry();
      }
    }
  }

  /** Options: -d folder, -c host of the server, -p its port, -r ports, -i group, -g name. */
  private static String script(SparkHome spark, Map<String, String> settings) {
    String given =
        settings.entrySet().stream()
            .map(setting -> "'-D%s=%s'".formatted(setting.getKey(), setting.getValue()))
            .collect(Collectors.joining(" "));
    return """
        #!/bin/bash
        while getopts "d:c:p:r:i:l:u:g:" option; do
          case $option in
            d) folder=$OPTARG ;;
            c) callback=$OPTARG ;;
            p) port=$OPTARG ;;
            r) ports=$OPTARG ;;
            i) group=$OPTARG ;;
          esac
        done
        exec "$JAVA_HOME/bin/java" -Xmx2g -Dscala.color=false %s '%s' %s \\
          -cp "%s/conf:%s/jars/*:%s:$folder/*" \\
          org.apache.zeppelin.interpreter.remote.RemoteInterpreterServer \\
          "$callback" "$port" "$group" "$ports" >> "$ZEPPELIN_LOG_DIR/interpreter.out" 2>&1
        """
        .formatted(
            SparkHome.brief(),
            System.getProperty("rankwise.jvm.opens"),
            given,
            spark.folder(),
            spark.folder(),
            String.join(":", NotebookHome.ours()));
  }

  private static String path(List<Path> jars) {
    return jars.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private void awaitStart() throws IOException, InterruptedException {
    long looks = START.toMillis() / 200;
    for (long look = 0; look < looks && process.isAlive(); look++) {
      try {
        if (call("GET", "/version", "").path("status").textValue().equals("OK")) {
          return;
        }
      } catch (IOException e) {
        // Not up yet.
      }
      Thread.sleep(200);
    }
    throw new AssertionError("Zeppelin did not start:\n" + process.tail());
  }

  /** It knows the Sparks of its own time alone. */
  private void allowThisSpark() throws IOException, InterruptedException {
    JsonNode setting = call("GET", "/interpreter/setting/spark", "").get("body");
    JsonNode property = setting.get("properties").get("zeppelin.spark.enableSupportedVersionCheck");
    ((com.fasterxml.jackson.databind.node.ObjectNode) property).put("value", "false");
    call("PUT", "/interpreter/setting/spark", setting.toString());
  }

  /** Imports a note and gives its id there. */
  String imported(Path note) throws IOException, InterruptedException {
    return call("POST", "/notebook/import", Files.readString(note)).get("body").textValue();
  }

  /** The note as it is there, with what its paragraphs gave. */
  JsonNode note(String id) throws IOException, InterruptedException {
    return call("GET", "/notebook/" + id, "").get("body");
  }

  /** Begins to run all paragraphs. */
  void run(String note) throws IOException, InterruptedException {
    call("POST", "/notebook/job/" + note, "");
  }

  /** Begins to run one paragraph. */
  void run(String note, String paragraph) throws IOException, InterruptedException {
    call("POST", "/notebook/job/" + note + "/" + paragraph, "");
  }

  /** Stops one paragraph, as its button does. */
  void stop(String note, String paragraph) throws IOException, InterruptedException {
    call("DELETE", "/notebook/job/" + note + "/" + paragraph, "");
  }

  /** Ends the processes of the Spark interpreter; the next paragraph starts another. */
  void restartSpark() throws IOException, InterruptedException {
    call("PUT", "/interpreter/setting/restart/spark", "");
  }

  private JsonNode call(String method, String path, String body)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(address + path))
            .timeout(Duration.ofMinutes(2))
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .header("Content-Type", "application/json")
            .build();
    HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() / 100 != 2) {
      throw new IOException(method + " " + path + ": " + answer.statusCode() + answer.body());
    }
    return JSON.readTree(answer.body());
  }

  @Override
  public void close() {
    try {
      restartSpark();
    } catch (IOException | InterruptedException e) {
      // Its processes end with it.
    }
    process.close();
  }
}
