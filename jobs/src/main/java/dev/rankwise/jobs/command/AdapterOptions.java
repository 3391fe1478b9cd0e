package dev.rankwise.jobs.command;

import dev.rankwise.jobs.stored.StoredAdapter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options of the verbs that use an adapter. */
final class AdapterOptions {
  @Option(
      names = "--base",
      paramLabel = "BASE",
      description = "The base: a folder, a URI, or minilm (as the run or the adapter says).")
  private String base;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Replaces a value of the run's recipe: --set spark.master=local[1].")
  private List<String> settings = new ArrayList<>();

  /** The adapter at a path, which is a run folder or the adapter's own folder. */
  StoredAdapter at(Path path) {
    return StoredAdapter.at(path, Optional.ofNullable(base), settings);
  }
}
