package dev.rankwise.jobs.cluster;

import dev.rankwise.models.LeftOut;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A PostgreSQL of Debian's packages on this machine, with a database and one user of its own. */
final class PostgresServer implements AutoCloseable {
  static final String USER = "rankwise";

  private static final int MOST_SECONDS = 120;
  private static final String OWNER = "postgres";

  private final Path programs;
  private final Path folder;
  private final String password;
  private final int port;

  private PostgresServer(Path programs, Path folder, String password, int port) {
    this.programs = programs;
    this.folder = folder;
    this.password = password;
    this.port = port;
  }

  /** Starts one; where there is no PostgreSQL the test is left out. */
  static PostgresServer start(String password) throws IOException, InterruptedException {
    Path programs = programs();
    // Not below the build folder: the server runs as another user, who need not see that.
    Path folder =
        Files.createTempDirectory(
            "rankwise-postgres",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    PostgresServer server = new PostgresServer(programs, folder, password, port);
    Path secret = Files.writeString(folder.resolve("password"), password);
    if (isRoot()) {
      server.call(List.of("chown", "-R", OWNER, folder.toString()));
    }
    server.asOwner(
        "initdb", "-D", server.data(), "-U", USER, "--pwfile=" + secret, "--auth=scram-sha-256");
    server.asOwner(
        "pg_ctl",
        "-D",
        server.data(),
        "-l",
        folder.resolve("log").toString(),
        "-o",
        "-p %s -k %s -h 127.0.0.1".formatted(port, folder),
        "-w",
        "start");
    return server;
  }

  /** Its address for JDBC. */
  String address() {
    return "jdbc:postgresql://127.0.0.1:%s/postgres".formatted(port);
  }

  /** Carries out commands of SQL. */
  void run(String... commands) throws SQLException {
    try (Connection connection = DriverManager.getConnection(address(), USER, password);
        Statement statement = connection.createStatement()) {
      for (String command : commands) {
        statement.execute(command);
      }
    }
  }

  void stop() throws IOException, InterruptedException {
    asOwner("pg_ctl", "-D", data(), "-m", "immediate", "-w", "stop");
  }

  @Override
  public void close() throws IOException {
    try {
      if (Files.exists(folder.resolve("data/postmaster.pid"))) {
        stop();
      }
      call(List.of("rm", "-r", folder.toString()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  private String data() {
    return folder.resolve("data").toString();
  }

  private static Path programs() throws IOException {
    List<Path> found = new ArrayList<>();
    Path all = Path.of("/usr/lib/postgresql");
    if (Files.isDirectory(all)) {
      try (DirectoryStream<Path> versions = Files.newDirectoryStream(all)) {
        for (Path version : versions) {
          Path bin = version.resolve("bin");
          if (Files.isExecutable(bin.resolve("initdb"))) {
            found.add(bin);
          }
        }
      }
    }
    if (found.isEmpty()) {
      LeftOut.because(
          "a table of a real PostgreSQL, because none is below %s; apt-get install postgresql"
              .formatted(all));
    }
    return found.get(0);
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  /** The server refuses to run as root. */
  private void asOwner(String program, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    if (isRoot()) {
      command.addAll(List.of("runuser", "-u", OWNER, "--"));
    }
    command.add(programs.resolve(program).toString());
    command.addAll(List.of(arguments));
    call(command);
  }

  private void call(List<String> command) throws IOException, InterruptedException {
    Path log = Files.createTempFile("rankwise-postgres", ".log");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    boolean ended = process.waitFor(MOST_SECONDS, TimeUnit.SECONDS);
    String said = Files.readString(log);
    Files.delete(log);
    if (!ended || process.exitValue() != 0) {
      throw new IOException("%s: %s".formatted(command, said));
    }
  }
}
