package dev.rankwise.models.format;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Clock;

/** A process of its own that locks a folder, says so, and keeps it until its input ends. */
final class LockingProcess {

  private LockingProcess() {}

  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    try (FolderLock lock = FolderLock.acquire(folder, folder, Clock.systemUTC())) {
      System.out.println("locked " + requireNonNull(lock).getClass().getName());
      System.in.transferTo(OutputStream.nullOutputStream());
    }
  }

  static Process start(Path folder) throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                LockingProcess.class.getName(),
                folder.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String line = process.inputReader().readLine();
    if (line == null || !line.startsWith("locked ")) {
      throw new IllegalStateException("The process did not lock the folder: " + line);
    }
    return process;
  }
}
