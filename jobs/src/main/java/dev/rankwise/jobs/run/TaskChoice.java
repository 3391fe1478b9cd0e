package dev.rankwise.jobs.run;

import dev.rankwise.datasets.chat.ChatFormat;
import dev.rankwise.datasets.chat.ChatRenderer;
import dev.rankwise.datasets.chat.RowForm;
import dev.rankwise.datasets.prepare.BaseChat;
import dev.rankwise.datasets.prepare.PreparationTask;
import dev.rankwise.jobs.conf.DataSection;
import dev.rankwise.jobs.conf.SequenceSection;
import dev.rankwise.jobs.session.RunSession;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.tokenizer.HuggingFaceTokenizer;
import dev.rankwise.models.tokenizer.Tokenizer;
import java.util.List;
import java.util.Optional;

/**
 * Chooses how the rows of a recipe are prepared: what the recipe leaves open follows from the
 * columns of the source and from the base.
 *
 * @param session the running session
 * @param data the recipe's section
 */
record TaskChoice(RunSession session, DataSection data) {

  PreparationTask task() {
    int positions = session.config().maximumSequence();
    if (data.sequences().isLabelled()) {
      return data.preparation(positions);
    }
    RowForm form = form();
    return data.sequences(form, renderer(form), positions);
  }

  private RowForm form() {
    String named = data.sequences().rowFormat();
    if (!named.equals(SequenceSection.AUTO)) {
      return List.of(RowForm.values()).get(RowForm.labels().indexOf(named));
    }
    List<String> columns = data.rows().columns(session.spark(), data.limits());
    return RowForm.of(columns)
        .orElseThrow(
            () ->
                new DataException(
                    ("Cannot tell the form of the rows by their columns (%s): %s; name the form in"
                            + " data.row-format and its columns in data.columns")
                        .formatted(String.join(", ", columns), RowForm.rules())));
  }

  private ChatRenderer renderer(RowForm form) {
    String named = data.sequences().chatFormat();
    Optional<ChatFormat> format =
        named.isEmpty()
            ? form.usualFormat()
            : Optional.of(named)
                .filter(name -> !name.equals(SequenceSection.TEMPLATE))
                .map(ChatFormat::named);
    try (Tokenizer tokenizer = HuggingFaceTokenizer.of(session.base())) {
      BaseChat base = new BaseChat(session.base().directory(), tokenizer);
      return format.map(base::format).orElseGet(base::template);
    }
  }
}
