package dev.rankwise.jobs.command;

import dev.rankwise.jobs.stored.FetchedAdapter;
import dev.rankwise.jobs.stored.StoredModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options of the verbs that use a tuned model. */
public final class AdapterOptions {
  @Option(
      names = "--base",
      paramLabel = "BASE",
      description =
          "What it was tuned from: a folder, a URI, or minilm (as the run or the adapter says).")
  private String base;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Replaces a value of the run's recipe: --set spark.master=local[1].")
  private List<String> settings = new ArrayList<>();

  /**
   * What lies at a path, which is a run folder, an adapter's own folder or a whole model; or at an
   * address, which is one of the first two.
   */
  public StoredModel at(String named) {
    return StoredModel.at(FetchedAdapter.path(named), Optional.ofNullable(base), settings);
  }
}
