package dev.rankwise.jobs.run;

import dev.rankwise.datasets.clean.KeptListener;
import dev.rankwise.datasets.clean.KeptPlace;
import dev.rankwise.datasets.picture.PictureForm;
import dev.rankwise.datasets.prepare.DataPreparation;
import dev.rankwise.datasets.prepare.PreparationTask;
import dev.rankwise.datasets.prepare.SequenceSettings;
import dev.rankwise.datasets.prepare.TokenizerSource;
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
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.text.CountText;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import java.util.ArrayList;
import java.util.List;
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
public record DataStage(RunSession session, Recipe recipe, RunContext context) {
  /** Behind the name of the folder of prepared data, that of the rows that are kept. */
  private static final String KEPT = "-kept";

  /** The data, in the run folder unless the recipe names another place. */
  PreparedData obtain(RunFolder folder) {
    return at(
        recipe.data().prepared().isEmpty()
            ? folder.address(RunFiles.DATA)
            : recipe.data().prepared());
  }

  /**
   * The data in a folder, whatever the recipe says of that.
   *
   * @throws DataException if the recipe asks for certain prepared data, and others lie there
   */
  public PreparedData at(String directory) {
    return at(directory, false);
  }

  /** The same of rows that are kept, unless they have pictures or the recipe says otherwise. */
  public PreparedData growingAt(String directory) {
    return at(directory, true);
  }

  private PreparedData at(String directory, boolean growing) {
    FileNames.ofThisProcess().requirePath(directory);
    if (!recipe.data().preparedSha256().isEmpty()) {
      return asTheyLie(directory, recipe.data().preparedSha256());
    }
    // Pictures would be there twice.
    boolean usual = growing && recipe.data().pictures().column().isEmpty();
    boolean kept = recipe.data().incremental().orElse(usual);
    DataPreparation preparation =
        preparation(
            kept
                ? Optional.of(new KeptPlace(directory.replaceFirst("/+$", "") + KEPT, listener()))
                : Optional.empty());
    Optional<PreparedData> fresh = preparation.fresh(session.spark(), directory);
    PreparedData data = fresh.orElseGet(() -> preparation.prepare(session.spark(), directory));
    context.say("  " + (fresh.isPresent() ? "unchanged since: " : "") + counts(data.manifest()));
    return data;
  }

  private PreparedData asTheyLie(String directory, String sha256) {
    PreparedData data = PreparedData.open(session.spark(), directory);
    String found = data.manifest().contentSha256();
    if (!found.equals(sha256)) {
      throw new DataException(
          ("Cannot use the prepared data at %s: their content hash is %s, and data.prepared-sha256 asks"
                  + " for %s; name the folder of those, or leave the hash out to use what the sources"
                  + " hold")
              .formatted(directory, found, sha256));
    }
    if (!data.manifest().baseSha256().equals(session.reference().sha256())) {
      throw new DataException(
          ("Cannot use the prepared data at %s: they were prepared for another base than %s, with"
                  + " SHA-256 %s; leave data.prepared-sha256 out to prepare the rows for it")
              .formatted(directory, session.reference().uri(), session.reference().sha256()));
    }
    context.say("  as prepared: " + counts(data.manifest()));
    return data;
  }

  private KeptListener listener() {
    return new KeptListener() {
      @Override
      public void reached(Moment moment) {
        // Nothing happens there but in tests.
      }

      @Override
      public void told(String words) {
        context.say("  " + words);
      }
    };
  }

  private DataPreparation preparation(Optional<KeptPlace> kept) {
    DataSection data = recipe.data();
    PreparationTask task = new TaskChoice(session, data, context, pictures(data)).task();
    TokenizerSource tokenizer = TokenizerSource.of(session.reference(), session.config());
    if (data.isOfSeveralSources()) {
      return DataPreparation.ofTasks(data.taskSources(kept), (SequenceSettings) task, tokenizer);
    }
    DataPreparation preparation = new DataPreparation(data.rows(kept), task, tokenizer);
    return data.evaluationRows().map(preparation::withEvaluation).orElse(preparation);
  }

  /** How pictures become tokens of the base, or of what it learns to see by. */
  private Optional<PictureForm> pictures(DataSection data) {
    return recipe
        .adapter()
        .on(session.base(), data.sequences().kind(session.config()))
        .pictures()
        .map(it -> it.form(data.pictures().squaring()));
  }

  /** What became of the rows, and what they make, as one line. */
  public static String counts(DataManifest manifest) {
    Funnel funnel = manifest.funnel();
    String rejected =
        funnel.rejectedRows() == 0
            ? "none rejected"
            : funnel.rejected().entrySet().stream()
                .map(
                    entry -> String.format(Locale.ROOT, "%,d %s", entry.getValue(), entry.getKey()))
                .collect(Collectors.joining(", ", "rejected ", ""));
    return String.format(
        Locale.ROOT,
        "%s: %,d to train on, %,d held out, %,d unused, %s%s%s; %s",
        CountText.of(funnel.read(), "row"),
        funnel.train(),
        funnel.test(),
        funnel.unused(),
        rejected,
        changed(funnel),
        cut(manifest),
        content(manifest));
  }

  private static String changed(Funnel funnel) {
    return funnel.changed().isEmpty()
        ? ""
        : funnel.changed().entrySet().stream()
            .map(entry -> String.format(Locale.ROOT, "%,d %s", entry.getValue(), entry.getKey()))
            .collect(Collectors.joining(", ", ", changed ", ""));
  }

  /** Whoever watches must not learn from the report alone that the ends of texts are missing. */
  private static String cut(DataManifest manifest) {
    long texts = manifest.funnel().truncated();
    return texts == 0
        ? ""
        : String.format(
            Locale.ROOT, ", %,d longer than %,d tokens", texts, manifest.maximumTokens());
  }

  private static String content(DataManifest manifest) {
    return switch (manifest.kind()) {
      case LABELLED -> manifest.labels().size() + " classes";
      case SEQUENCES ->
          (manifest.train().examples() > 0
                  ? sequences(manifest.train(), "trained on")
                  : sequences(manifest.test(), "measured on"))
              + tasks(manifest);
    };
  }

  private static String tasks(DataManifest manifest) {
    List<String> each = new ArrayList<>();
    for (int task = 0; task < manifest.tasks().size(); task++) {
      each.add(
          String.format(
              Locale.ROOT,
              "%s %,d and %,d",
              manifest.tasks().get(task),
              manifest.train().taskCounts().get(task).texts(),
              manifest.test().taskCounts().get(task).texts()));
    }
    return each.isEmpty()
        ? ""
        : each.stream().collect(Collectors.joining(", ", "; texts trained on and held out: ", ""));
  }

  private static String sequences(SplitManifest split, String use) {
    return String.format(
        Locale.ROOT,
        "%s, %.1f %% filled, %,d of %,d tokens %s",
        CountText.of(split.examples(), "sequence"),
        100 * split.filled(),
        split.targets(),
        split.tokens(),
        use);
  }
}
