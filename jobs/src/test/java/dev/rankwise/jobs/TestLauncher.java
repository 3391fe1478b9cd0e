package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher of a checkout, with programs in the place of Java and Maven that tell their calls.
 */
final class TestLauncher {
  private static final String MAVEN =
      """
      #!/bin/bash
      echo "mvn $*" >> "$CALLS"
      mkdir -p jobs/target
      touch some.jar
      echo "$PWD/some.jar" > jobs/target/launch.classpath
      echo "[INFO] Building Rankwise jobs 0.1.0"
      exit "${MAVEN_ENDS:-0}"
      """;
  private static final String JAVA =
      """
      #!/bin/bash
      echo "java $*" >> "$CALLS"
      echo 'openjdk version "11.0.2" 2019-01-15' >&2
      exit 9
      """;

  @TempDir Path folder;

  private Path checkout;
  private Path calls;

  /** A process that ended. */
  private record Ended(int exitCode, String out, List<String> calls) {}

  @BeforeEach
  void makeCheckout() throws IOException {
    checkout = Files.createDirectories(folder.resolve("check out"));
    calls = folder.resolve("calls");
    Files.copy(launcher(), checkout.resolve("rankwise"));
    Files.createFile(checkout.resolve("pom.xml"));
    Files.createDirectories(checkout.resolve("conf"));
    for (String module : List.of("models", "adapters", "datasets", "pipeline", "jobs")) {
      Files.createDirectories(checkout.resolve(module + "/src/main/java"));
      Files.createFile(checkout.resolve(module + "/pom.xml"));
    }
    Files.createDirectories(folder.resolve("jdk/bin"));
    program(folder.resolve("jdk/bin/java"), JAVA);
    release("17.0.19");
    program(folder.resolve("bin/mvn"), MAVEN);
  }

  @Test
  void scriptHasNoSyntaxError() throws Exception {
    Process bash = new ProcessBuilder("bash", "-n", launcher().toString()).inheritIO().start();

    assertThat(bash.waitFor()).isZero();
  }

  @Test
  void buildsOnceAndRunsTheCommandWithItsArguments() throws Exception {
    Ended first = launch("0", "tune", "my recipe.yaml");
    Ended second = launch("0", "inspect");

    assertThat(first.exitCode()).isEqualTo(9);
    assertThat(first.out()).contains("Building Rankwise jobs");
    assertThat(first.calls()).hasSize(2);
    assertThat(first.calls().get(0))
        .isEqualTo("mvn -B -Drankwise.launch -pl jobs -am process-classes");
    assertThat(first.calls().get(1))
        .contains(
            "-Drankwise.terminal=false", "jobs/target/classes:" + checkout.resolve("some.jar"))
        .endsWith(" dev.rankwise.jobs.Rankwise tune my recipe.yaml");
    assertThat(second.calls()).hasSize(1);
    assertThat(second.out()).doesNotContain("Building");
  }

  @Test
  void newerSourceIsBuiltAgain() throws Exception {
    launch("0", "inspect");
    Path source = Files.createFile(checkout.resolve("models/src/main/java/New.java"));
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));

    assertThat(launch("0", "inspect").calls()).hasSize(2);
  }

  @Test
  void libraryThatIsGoneIsFetchedAgain() throws Exception {
    launch("0", "inspect");
    Files.delete(checkout.resolve("some.jar"));

    assertThat(launch("0", "inspect").calls()).hasSize(2);
  }

  @Test
  void buildThatFailsEndsTheCommand() throws Exception {
    Ended ended = launch("1", "inspect");

    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.out()).contains("Error: The build failed; its messages stand above");
    assertThat(ended.calls()).hasSize(1);
    assertThat(launch("0", "inspect").calls()).hasSize(2);
  }

  @Test
  void olderJavaIsRefusedBeforeAnythingIsBuilt() throws Exception {
    for (String version : List.of("1.8.0_392", "11.0.2", "16-ea")) {
      release(version);
      Ended ended = launch("0", "inspect");

      assertThat(ended.exitCode()).isEqualTo(1);
      assertThat(ended.out())
          .isEqualTo(
              "Error: Java %s at %s is too old; install a JDK 17 or later and set JAVA_HOME to it\n"
                  .formatted(version, folder.resolve("jdk/bin/java")));
      assertThat(ended.calls()).isEmpty();
    }
    for (String version : List.of("17", "21.0.4", "25-ea")) {
      release(version);
      assertThat(launch("0", "inspect").exitCode()).isEqualTo(9);
    }
  }

  @Test
  void javaThatDoesNotTellItsVersionIsAskedBeforeABuildOnly() throws Exception {
    launch("0", "inspect");
    Files.delete(folder.resolve("jdk/release"));

    assertThat(launch("0", "inspect").calls()).hasSize(1);
    Files.delete(checkout.resolve("jobs/target/launch.built"));
    Ended asked = launch("0", "inspect");
    assertThat(asked.exitCode()).isEqualTo(1);
    assertThat(asked.out()).startsWith("Error: Java 11.0.2 at ");
    assertThat(asked.calls()).containsExactly("java -version");
  }

  private void release(String version) throws IOException {
    Files.writeString(
        folder.resolve("jdk/release"),
        "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"%s\"\n".formatted(version));
  }

  private Ended launch(String mavenEnds, String... arguments) throws Exception {
    Files.deleteIfExists(calls);
    List<String> command =
        new ArrayList<>(List.of("bash", checkout.resolve("rankwise").toString()));
    command.addAll(List.of(arguments));
    Path out = folder.resolve("out");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile());
    builder.environment().put("PATH", folder.resolve("bin") + ":" + System.getenv("PATH"));
    builder.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
    builder.environment().put("CALLS", calls.toString());
    builder.environment().put("MAVEN_ENDS", mavenEnds);
    int exitCode = builder.start().waitFor();
    return new Ended(
        exitCode,
        Files.readString(out, StandardCharsets.UTF_8),
        Files.exists(calls) ? Files.readAllLines(calls) : List.of());
  }

  private static void program(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static Path launcher() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("rankwise"))) {
      folder = folder.getParent();
    }
    return folder.resolve("rankwise");
  }
}
