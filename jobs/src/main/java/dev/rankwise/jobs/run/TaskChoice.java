package dev.rankwise.jobs.run;

import dev.rankwise.datasets.chat.ChatFormat;
import dev.rankwise.datasets.chat.ChatRenderer;
import dev.rankwise.datasets.chat.RowForm;
import dev.rankwise.datasets.example.RowTask;
import dev.rankwise.datasets.picture.PictureForm;
import dev.rankwise.datasets.prepare.PreparationTask;
import dev.rankwise.datasets.prompt.BaseChat;
import dev.rankwise.datasets.shard.ExampleKind;
import dev.rankwise.jobs.conf.DataSection;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.session.RunSession;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.tokenizer.HuggingFaceTokenizer;
import dev.rankwise.models.tokenizer.Tokenizer;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Chooses how the rows of a recipe are prepared: what the recipe leaves open follows from the
 * columns of the source and from the base.
 *
 * @param session the running session
 * @param data the recipe's section
 * @param context where to tell
 * @param pictures how pictures become tokens; empty of a base of texts
 */
public record TaskChoice(
    RunSession session, DataSection data, RunContext context, Optional<PictureForm> pictures) {

  /** How the rows are prepared. */
  public PreparationTask task() {
    int positions = session.config().maximumSequence();
    return switch (kind()) {
      case LABELLED -> data.preparation(positions, pictures);
      case SEQUENCES -> {
        if (!data.tasks().isEmpty()) {
          List<RowTask> tasks = data.rowTasks(session.spark());
          yield data.sequences(tasks, renderer(commonForm(tasks)), positions, pictures);
        }
        RowForm form = data.form(session.spark());
        yield data.sequences(form, renderer(form), positions, pictures);
      }
    };
  }

  /** One form of the rows of all tasks, or several that are written in one way. */
  private RowForm commonForm(List<RowTask> tasks) {
    List<RowForm> forms = tasks.stream().map(task -> task.columns().form()).distinct().toList();
    boolean alike = forms.stream().map(RowForm::usualFormat).distinct().count() == 1;
    if (!alike && data.sequences().chatFormat().isEmpty()) {
      throw new UserInputException(
          "Cannot write rows of the forms %s in one way; name it in data.chat-format"
              .formatted(forms.stream().map(RowForm::label).collect(Collectors.joining(", "))));
    }
    return forms.get(0);
  }

  private ExampleKind kind() {
    ExampleKind kind = data.sequences().kind(session.config());
    data.requireTasksOf(kind);
    return kind;
  }

  private ChatRenderer renderer(RowForm form) {
    Optional<ChatFormat> format = data.sequences().format(form);
    try (Tokenizer tokenizer = HuggingFaceTokenizer.of(session.base())) {
      BaseChat base = new BaseChat(session.base().directory(), tokenizer);
      format.ifPresent(it -> noteSplitMarks(it, base.splitMarks(it)));
      return format.map(base::format).orElseGet(base::template);
    }
  }

  private void noteSplitMarks(ChatFormat format, List<String> marks) {
    if (!marks.isEmpty()) {
      context.say(
          ("Note: chat format \"%s\" writes %s, which the base's tokenizer splits, so that the base"
                  + " has never read them as marks and a prompt may be split otherwise than its"
                  + " training text; name the format that the base was trained with in"
                  + " data.chat-format, or one without marks (plain, alpaca)")
              .formatted(format.label(), String.join(" and ", marks)));
    }
  }
}
