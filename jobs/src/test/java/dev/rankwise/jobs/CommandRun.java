package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The whole command in this process, as a user sees it.
 *
 * @param exitCode how it ended
 * @param out what it wrote to standard output
 * @param err what it wrote to standard error
 * @param trace what it wrote into the file of the failure that it names; empty without one
 */
record CommandRun(int exitCode, String out, String err, String trace) {
  private static final Pattern DETAILS = Pattern.compile("^Details: (.+)$", Pattern.MULTILINE);

  static CommandRun of(String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream outBefore = System.out;
    PrintStream errBefore = System.err;
    int exitCode;
    try {
      System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
      System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
      exitCode = Rankwise.run(arguments);
    } finally {
      System.setOut(outBefore);
      System.setErr(errBefore);
    }
    String told = err.toString(StandardCharsets.UTF_8);
    return new CommandRun(exitCode, out.toString(StandardCharsets.UTF_8), told, taken(told));
  }

  /** Fails unless the command ended with that code; says why it did not. */
  CommandRun endedWith(int code) {
    assertThat(exitCode).as("%s%n%s%n%s", out, err, trace).isEqualTo(code);
    return this;
  }

  /** The paragraph about a failure, without the word that opens it. */
  String error() {
    assertThat(err).startsWith("Error: ");
    return err.lines().findFirst().orElseThrow().substring("Error: ".length());
  }

  private static String taken(String err) {
    Matcher details = DETAILS.matcher(err);
    if (!details.find()) {
      return "";
    }
    try {
      Path file = Path.of(details.group(1));
      String trace = Files.readString(file);
      Files.delete(file);
      return trace;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
