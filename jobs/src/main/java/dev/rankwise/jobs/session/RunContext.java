package dev.rankwise.jobs.session;

import dev.rankwise.pipeline.train.StepListener;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Optional;

/**
 * What a command has of the world outside.
 *
 * @param out what the user reads
 * @param clock the time
 * @param terminal whether {@code out} is a terminal that can rewrite a line
 * @param watching hears of the steps of each training in the place of the line that else says how
 *     far it is; nobody, as a rule
 */
public record RunContext(
    PrintStream out, Clock clock, boolean terminal, Optional<StepListener> watching) {

  /** A context in which a line says how far a training is. */
  public RunContext(PrintStream out, Clock clock, boolean terminal) {
    this(out, clock, terminal, Optional.empty());
  }

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
