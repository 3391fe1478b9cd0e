package dev.rankwise.jobs.run;

import dev.rankwise.datasets.example.Example;
import dev.rankwise.datasets.pack.Sequence;
import dev.rankwise.datasets.pack.SequencePicture;
import dev.rankwise.datasets.picture.PictureForm;
import dev.rankwise.datasets.prompt.PictureMarks;
import dev.rankwise.datasets.shard.DataManifest;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.jobs.session.RunSession;
import dev.rankwise.jobs.text.PatchText;
import dev.rankwise.models.text.CountText;
import dev.rankwise.models.tokenizer.HuggingFaceTokenizer;
import dev.rankwise.models.tokenizer.Tokenizer;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import dev.rankwise.pipeline.tune.WorkFolder;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Preparing without training.
 *
 * @param recipe names rows and base
 * @param context where to tell
 */
public record PreparationRun(Recipe recipe, RunContext context) {
  /** Patches of a picture along one side that still fit a line. */
  private static final int MOST_PATCHES_SHOWN = 40;

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
    if (session.config().images().isPresent()) {
      showPictures(session, data, count);
      return;
    }
    try (Tokenizer tokenizer = HuggingFaceTokenizer.of(session.base())) {
      switch (data.manifest().kind()) {
        case LABELLED -> showExamples(session, data, tokenizer, count);
        case SEQUENCES -> showSequences(session, data, tokenizer, count);
      }
    }
  }

  private void showPictures(RunSession session, PreparedData data, int count) {
    List<String> labels = data.manifest().labels();
    TokenView view = TokenView.of(context);
    for (Example example : data.preview(session.spark(), Split.TRAIN, count)) {
      context.say("");
      context.say(
          "%s   row %s".formatted(view.label(labels.get(example.label())), example.rowId()));
      example.pictures().forEach(picture -> show(picture, data.manifest()));
    }
  }

  /** A picture's patches, and how they look from afar. */
  private void show(SequencePicture picture, DataManifest manifest) {
    int side = picture.side();
    int patch = Integer.parseInt(manifest.settings().get(PictureForm.PATCH));
    context.say(
        "picture at token %s: %s x %s patches of %s x %s pixels"
            .formatted(picture.first(), side / patch, side / patch, patch, patch));
    if (side / patch <= MOST_PATCHES_SHOWN) {
      PatchText.lines(side, patch, picture.colours()).forEach(line -> context.say("  " + line));
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
      int[] starts = sequence.starts();
      int[] lengths = sequence.textLengths();
      for (int text = 0; text < starts.length; text++) {
        int start = starts[text];
        int end = start + lengths[text];
        context.say("row " + sequence.rowIds().get(text));
        context.say(shown(view, tokenizer, sequence, start, end));
        sequence.pictures().stream()
            .filter(picture -> picture.first() >= start && picture.first() < end)
            .forEach(picture -> show(picture, data.manifest()));
      }
    }
  }

  /** The tokens of a text, of the patches of a picture none but the mark of the picture. */
  private static String shown(
      TokenView view, Tokenizer tokenizer, Sequence sequence, int start, int end) {
    int[] ids = sequence.ids();
    boolean[] trained = sequence.trained();
    List<Integer> firsts = sequence.pictures().stream().map(SequencePicture::first).toList();
    int[] kept =
        IntStream.range(start, end).filter(i -> ids[i] >= 0 || firsts.contains(i)).toArray();
    String[] tokens = tokenizer.tokens(IntStream.of(kept).map(i -> Math.max(ids[i], 0)).toArray());
    boolean[] flags = new boolean[kept.length];
    for (int i = 0; i < kept.length; i++) {
      tokens[i] = ids[kept[i]] < 0 ? PictureMarks.MARK : tokens[i];
      // Nothing stands before the first token of a text, so nothing predicts it.
      flags[i] = trained[kept[i]] && kept[i] > start;
    }
    return view.tokens(tokens, flags);
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
