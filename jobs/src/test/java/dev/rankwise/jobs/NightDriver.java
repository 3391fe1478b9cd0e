package dev.rankwise.jobs;

import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.nightly.NightListener;
import dev.rankwise.jobs.nightly.NightlyRun;
import dev.rankwise.jobs.session.RunContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A night that stands still at one moment of one step, until somebody kills its process. */
final class NightDriver {
  /** What it prints when it is there. */
  static final String REACHED = "stands still at ";

  private NightDriver() {}

  /**
   * Runs a night.
   *
   * @param arguments recipe, folder of the nights, moment at which it stands still
   */
  public static void main(String[] arguments) {
    List<String> settings = List.of("output.directory=" + arguments[1]);
    NightListener listener =
        (step, moment) -> {
          if ((step + " " + moment).equals(arguments[2])) {
            System.out.println(REACHED + arguments[2]);
            System.out.flush();
            standStill();
          }
        };
    new NightlyRun(
            more -> {
              List<String> all = new ArrayList<>(settings);
              all.addAll(more);
              return Recipe.read(Path.of(arguments[0]), all);
            },
            RunContext.ofThisProcess(),
            listener)
        .run();
  }

  private static void standStill() {
    try {
      Thread.sleep(Long.MAX_VALUE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
