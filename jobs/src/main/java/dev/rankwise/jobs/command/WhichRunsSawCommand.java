package dev.rankwise.jobs.command;

import dev.rankwise.jobs.lineage.RowSearch;
import dev.rankwise.jobs.session.RunContext;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code which-runs-saw ROW-ID}: the runs that trained on a row, or held it out. */
@Command(
    name = "which-runs-saw",
    description =
        "Tells which runs trained on a row, and which held it out, with the hashes of their"
            + " adapters.",
    mixinStandardHelpOptions = true)
public final class WhichRunsSawCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "ROW-ID",
      description =
          "The row's key, or the hash that prepared data and rejections have for a row without one.")
  private String id;

  @Option(
      names = "--in",
      paramLabel = "DIR",
      description =
          "A folder with run folders in it, at whatever depth; may be given several times. The"
              + " folder of the call if none is given.")
  private List<Path> folders = List.of(Path.of("."));

  @Override
  public Integer call() {
    new RowSearch(id, folders, RunContext.ofThisProcess()).tell();
    return 0;
  }
}
