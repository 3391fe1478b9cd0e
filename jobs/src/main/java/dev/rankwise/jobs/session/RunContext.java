package dev.rankwise.jobs.session;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;

/**
 * What a command has of the world outside.
 *
 * @param out what the user reads
 * @param clock the time
 * @param terminal whether {@code out} is a terminal that can rewrite a line
 */
public record RunContext(PrintStream out, Clock clock, boolean terminal) {

  /** Set by the launcher, which alone can tell on every Java version where the output goes. */
  private static final String TERMINAL = "rankwise.terminal";

  /** The context of this process. It speaks UTF-8 under every locale, as all its files do. */
  public static RunContext ofThisProcess() {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    return new RunContext(out, Clock.systemUTC(), Boolean.getBoolean(TERMINAL));
  }

  /** Tells the user one line. */
  public void say(String line) {
    out.println(line);
    out.flush();
  }
}
