package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A command that trains, in a process of its own, which a test may end as it likes. */
final class TuneProcess implements AutoCloseable {
  private final Process process;
  private final Path errors;

  private TuneProcess(Process process, Path errors) {
    this.process = process;
    this.errors = errors;
  }

  /**
   * Starts {@code tune}.
   *
   * @param folder where its log and what it writes to standard error go
   * @param settings in the form {@code section.key=value}
   */
  static TuneProcess start(Path folder, TicketRecipe recipe, Path run, String... settings)
      throws IOException {
    List<String> arguments =
        new ArrayList<>(List.of("tune", recipe.file().toString(), "--out", run.toString()));
    for (String setting : settings) {
      arguments.addAll(List.of("--set", setting));
    }
    return start(folder, arguments);
  }

  /** Starts a verb with its arguments. */
  static TuneProcess start(Path folder, List<String> arguments) throws IOException {
    return start(folder, arguments, List.of(), Map.of());
  }

  /** Starts another program. */
  static TuneProcess start(Path folder, Class<?> main, List<String> arguments) throws IOException {
    return start(folder, main, arguments, List.of(), Map.of());
  }

  /** The same with more options of the virtual machine and more of an environment. */
  static TuneProcess start(
      Path folder, List<String> arguments, List<String> options, Map<String, String> environment)
      throws IOException {
    return start(folder, Rankwise.class, arguments, options, environment);
  }

  private static TuneProcess start(
      Path folder,
      Class<?> main,
      List<String> arguments,
      List<String> options,
      Map<String, String> environment)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + root().resolve("conf/jvm.options"),
                "@" + root().resolve("conf/launch.options"),
                "-Xmx1g",
                "-Dlog4j2.configurationFile=" + root().resolve("conf/log4j2.properties"),
                "-Drankwise.log=" + folder.resolve("log"),
                "-cp",
                System.getProperty("java.class.path")));
    command.addAll(options);
    command.add(main.getName());
    command.addAll(arguments);
    Path errors = folder.resolve("err");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
    builder.environment().putAll(environment);
    return new TuneProcess(builder.start(), errors);
  }

  Process process() {
    return process;
  }

  /** What it wrote to standard error so far. */
  String errors() throws IOException {
    return Files.readString(errors);
  }

  /** Waits until the first step of this process is told, and gives all lines up to there. */
  List<String> waitForFirstStep() throws IOException {
    return waitForLine("  step ");
  }

  /** Waits until a line with these words is told, and gives all lines up to there. */
  List<String> waitForLine(String words) throws IOException {
    List<String> lines = new ArrayList<>();
    BufferedReader out = process.inputReader();
    String line = out.readLine();
    while (line != null && !line.contains(words)) {
      lines.add(line);
      line = out.readLine();
    }
    assertThat(line).as("%s%n%s", String.join("\n", lines), errors()).isNotNull();
    return lines;
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }

  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("rankwise"))) {
      folder = folder.getParent();
    }
    return folder;
  }
}
