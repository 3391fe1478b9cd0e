package dev.rankwise.jobs.session;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Where the stack trace of a failure goes: not to the user's eyes, but where he can find it. */
public final class FailureLog {
  private static final String PREFIX = "rankwise-failure-";
  private static final String SUFFIX = ".log";

  private FailureLog() {}

  /** Writes the trace into a file of the folder for temporary files; nothing if that fails too. */
  public static Optional<Path> write(Throwable failure) {
    StringWriter trace = new StringWriter();
    failure.printStackTrace(new PrintWriter(trace));
    try {
      Path file = Files.createTempFile(PREFIX, SUFFIX);
      return Optional.of(Files.writeString(file, trace.toString(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      // The failure itself is told all the same; there is nowhere left to put its trace.
      return Optional.empty();
    }
  }
}
