package dev.rankwise.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A run of the main job on the real MiniLM, made once for all tests of this process. Nobody changes
 * it.
 *
 * @param folder the run folder
 * @param rows its rows, as CSV
 * @param recipe what was asked for
 * @param command what the user saw
 */
record TunedRun(Path folder, Path rows, TicketRecipe recipe, CommandRun command) {
  static final int ROWS = 240;
  static final int STEPS = 8;

  /** What this run sets on top of the recipe. */
  static final String[] SETTINGS = {
    "train.max-steps=" + STEPS, "train.learning-rate=1e-3", "evaluate.frozen-base=true"
  };

  private static TunedRun made;

  static synchronized TunedRun obtain() throws IOException {
    if (made == null) {
      Path home = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "tuned");
      Path rows = Tickets.write(home, Tickets.csv(ROWS));
      TicketRecipe recipe = TicketRecipe.write(home, "minilm", rows.toAbsolutePath());
      Path folder = home.resolve("run").toAbsolutePath();
      made = new TunedRun(folder, rows, recipe, recipe.run("tune", folder, SETTINGS).endedWith(0));
    }
    return made;
  }
}
