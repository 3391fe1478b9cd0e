package dev.rankwise.jobs.run;

import dev.rankwise.datasets.prepare.BaseTokenizerSource;
import dev.rankwise.datasets.prepare.DataPreparation;
import dev.rankwise.datasets.prepare.PreparationTask;
import dev.rankwise.datasets.shard.DataManifest;
import dev.rankwise.datasets.shard.Funnel;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.datasets.shard.SplitManifest;
import dev.rankwise.jobs.conf.DataSection;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.jobs.session.RunSession;
import dev.rankwise.jobs.text.FileNames;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The prepared data of a run: those that are there if preparing again would change nothing, else
 * new ones.
 *
 * @param session the running session
 * @param recipe names the rows
 * @param context tells the user
 */
record DataStage(RunSession session, Recipe recipe, RunContext context) {
  /** The data, in the run folder unless the recipe names another place. */
  PreparedData obtain(RunFolder folder) {
    String directory =
        recipe.data().prepared().isEmpty()
            ? folder.resolve(RunFiles.DATA).toString()
            : recipe.data().prepared();
    FileNames.ofThisProcess().requirePath(directory);
    DataPreparation preparation = preparation();
    Optional<PreparedData> fresh = preparation.fresh(session.spark(), directory);
    PreparedData data = fresh.orElseGet(() -> preparation.prepare(session.spark(), directory));
    context.say("  " + (fresh.isPresent() ? "unchanged since: " : "") + described(data));
    return data;
  }

  private DataPreparation preparation() {
    DataSection data = recipe.data();
    PreparationTask task = new TaskChoice(session, data, context).task();
    DataPreparation preparation =
        new DataPreparation(data.rows(), task, new BaseTokenizerSource(session.reference()));
    return data.evaluationRows().map(preparation::withEvaluation).orElse(preparation);
  }

  private static String described(PreparedData data) {
    Funnel funnel = data.manifest().funnel();
    String rejected =
        funnel.rejectedRows() == 0
            ? "none rejected"
            : funnel.rejected().entrySet().stream()
                .map(
                    entry -> String.format(Locale.ROOT, "%,d %s", entry.getValue(), entry.getKey()))
                .collect(Collectors.joining(", ", "rejected ", ""));
    return String.format(
        Locale.ROOT,
        "%,d rows: %,d to train on, %,d held out, %,d unused, %s; %s",
        funnel.read(),
        funnel.train(),
        funnel.test(),
        funnel.unused(),
        rejected,
        content(data.manifest()));
  }

  private static String content(DataManifest manifest) {
    SplitManifest train = manifest.train();
    return switch (manifest.kind()) {
      case LABELLED -> manifest.labels().size() + " classes";
      case SEQUENCES ->
          String.format(
              Locale.ROOT,
              "%,d sequences, %.1f %% filled, %,d of %,d tokens trained on",
              train.examples(),
              100 * train.filled(),
              train.targets(),
              train.tokens());
    };
  }
}
