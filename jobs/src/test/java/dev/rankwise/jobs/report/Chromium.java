package dev.rankwise.jobs.report;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The browser of this machine, run without a window. */
final class Chromium {
  private static final int MOST_SECONDS = 120;

  /** What a call of the browser printed. */
  record Printed(String page, String log) {}

  private final Path program;
  private final Path profile;

  private Chromium(Path program, Path profile) {
    this.program = program;
    this.profile = profile;
  }

  /**
   * The first of chromium and google-chrome on the path, with its own data under {@code folder}.
   */
  static Optional<Chromium> onPath(Path folder) {
    for (String name : List.of("chromium", "chromium-browser", "google-chrome")) {
      for (String place : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
        Path program = Path.of(place, name);
        if (Files.isExecutable(program)) {
          return Optional.of(new Chromium(program, folder.resolve("profile")));
        }
      }
    }
    return Optional.empty();
  }

  /** Draws {@code page} into {@code picture}. */
  Printed picture(Path page, Path picture, int width, int height, String... more)
      throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of(more));
    arguments.add("--screenshot=" + picture);
    arguments.add("--window-size=" + width + "," + height);
    return run(page, arguments);
  }

  /** The document after loading, as text. */
  Printed document(Path page) throws IOException, InterruptedException {
    return run(page, List.of("--dump-dom"));
  }

  private Printed run(Path page, List<String> arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(program.toString());
    command.addAll(
        List.of(
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--allow-file-access-from-files",
            "--no-first-run",
            "--disable-background-networking",
            "--enable-logging=stderr",
            "--user-data-dir=" + profile));
    command.addAll(arguments);
    command.add(page.toUri().toString());
    Path output = Files.createTempFile(profile.getParent(), "browser", ".out");
    Path log = Files.createTempFile(profile.getParent(), "browser", ".log");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(output.toFile())
            .redirectError(log.toFile())
            .start();
    if (!process.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException("The browser did not end within " + MOST_SECONDS + " seconds");
    }
    return new Printed(text(output), text(log));
  }

  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }
}
