package dev.rankwise.jobs.run;

import dev.rankwise.datasets.example.Example;
import dev.rankwise.datasets.pack.Sequence;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.jobs.session.RunSession;
import dev.rankwise.models.text.CountText;
import dev.rankwise.models.tokenizer.HuggingFaceTokenizer;
import dev.rankwise.models.tokenizer.Tokenizer;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import dev.rankwise.pipeline.tune.WorkFolder;
import java.util.Arrays;
import java.util.List;

/**
 * Preparing without training.
 *
 * @param recipe names rows and base
 * @param context where to tell
 */
public record PreparationRun(Recipe recipe, RunContext context) {

  /** Prepares the rows, unless what lies there is still what they would give. */
  public void prepare() {
    try (RunFolder folder = RunFolders.claim(recipe, context.clock());
        RunSession session = RunSession.start("prepare", recipe)) {
      PreparedData data = data(session, folder);
      context.say("Prepared   " + data.directory());
    }
  }

  /**
   * Shows the first training examples or sequences as the model sees them. Where neither the recipe
   * nor the user names a run folder, the rows are prepared for this look alone.
   */
  public void preview(int count) {
    if (recipe.output().directory().isEmpty() && recipe.data().prepared().isEmpty()) {
      previewOnly(count);
      return;
    }
    try (RunFolder folder = RunFolders.claim(recipe, context.clock());
        RunSession session = RunSession.start("preview", recipe)) {
      show(session, data(session, folder), count);
    }
  }

  private void previewOnly(int count) {
    try (RunSession session = RunSession.start("preview", recipe);
        WorkFolder work =
            WorkFolder.fresh(
                session.master(), "--out", "", session.context().hadoopConfiguration())) {
      tellNotes();
      show(session, new DataStage(session, recipe, context).at(work.resolve(RunFiles.DATA)), count);
    }
  }

  private void show(RunSession session, PreparedData data, int count) {
    try (Tokenizer tokenizer = HuggingFaceTokenizer.of(session.base())) {
      switch (data.manifest().kind()) {
        case LABELLED -> showExamples(session, data, tokenizer, count);
        case SEQUENCES -> showSequences(session, data, tokenizer, count);
      }
    }
  }

  private void showExamples(RunSession session, PreparedData data, Tokenizer tokenizer, int count) {
    List<String> labels = data.manifest().labels();
    TokenView view = TokenView.of(context);
    for (Example example : data.preview(session.spark(), Split.TRAIN, count)) {
      context.say("");
      context.say(
          "%s   row %s   %s"
              .formatted(
                  view.label(labels.get(example.label())),
                  example.rowId(),
                  CountText.of(example.length(), "token")));
      context.say(view.tokens(tokenizer.tokens(example.ids())));
    }
  }

  private void showSequences(
      RunSession session, PreparedData data, Tokenizer tokenizer, int count) {
    TokenView view = TokenView.of(context);
    for (Sequence sequence : data.previewSequences(session.spark(), Split.TRAIN, count)) {
      context.say("");
      context.say(
          "sequence %s   %s%s   %s, %s trained on"
              .formatted(
                  sequence.position(),
                  sequence.task() == Sequence.NO_TASK
                      ? ""
                      : "task %s   ".formatted(data.manifest().tasks().get(sequence.task())),
                  CountText.of(sequence.rowIds().size(), "text"),
                  CountText.of(sequence.length(), "token"),
                  sequence.targets()));
      String[] tokens = tokenizer.tokens(sequence.ids());
      boolean[] trained = sequence.trained();
      int[] starts = sequence.starts();
      int[] lengths = sequence.textLengths();
      for (int text = 0; text < starts.length; text++) {
        int end = starts[text] + lengths[text];
        // Nothing stands before the first token of a text, so nothing predicts it.
        trained[starts[text]] = false;
        context.say("row " + sequence.rowIds().get(text));
        context.say(
            view.tokens(
                Arrays.copyOfRange(tokens, starts[text], end),
                Arrays.copyOfRange(trained, starts[text], end)));
      }
    }
  }

  private PreparedData data(RunSession session, RunFolder folder) {
    tellNotes();
    return new DataStage(session, recipe, context).obtain(folder);
  }

  private void tellNotes() {
    recipe.notes().forEach(note -> context.say("Note: " + note));
    context.say("Prepare");
  }
}
