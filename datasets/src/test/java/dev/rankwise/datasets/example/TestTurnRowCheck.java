package dev.rankwise.datasets.example;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.datasets.chat.RowForm;
import dev.rankwise.datasets.chat.TemplateRenderer;
import dev.rankwise.datasets.chat.TextMarks;
import dev.rankwise.datasets.chat.TextSpan;
import dev.rankwise.datasets.chat.TrainOn;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.datasets.source.RowLimits;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class TestTurnRowCheck {
  private static final byte[][] ROW = {
    "asked;".getBytes(StandardCharsets.UTF_8), "told;".getBytes(StandardCharsets.UTF_8)
  };

  /** Marks answers, but only those of someone else. */
  private static final String MARKS_NOTHING =
      "{% for m in messages %}{% if m.role == 'critic' %}{% generation %}{{ m.content }}"
          + "{% endgeneration %}{% else %}{{ m.content }}{% endif %}{% endfor %}";

  @Test
  void aConversationThatATemplateMarksNothingOfHasNoTarget() {
    CheckedRow row = check(MARKS_NOTHING, TrainOn.ASSISTANT);

    assertThat(row.reason()).isEqualTo(RejectionReason.NO_TARGET_TOKENS);
    assertThat(row.text()).isEmpty();
    assertThat(row.id()).isEqualTo(check(MARKS_NOTHING, TrainOn.ALL).id());
  }

  @Test
  void whatNothingMarksIsTrainedOnWhereAllIs() {
    CheckedRow row = check(MARKS_NOTHING, TrainOn.ALL);

    assertThat(row).isEqualTo(CheckedRow.accepted(row.id(), "asked;told;", spans(0, 11)));
  }

  private static List<TextSpan> spans(int start, int end) {
    return List.of(new TextSpan(start, end));
  }

  private static CheckedRow check(String template, TrainOn trainOn) {
    return new TurnRowCheck(
            new TurnColumns(RowForm.PROMPT_COMPLETION, Map.of(), ""),
            new TemplateRenderer(template, new TextMarks("", "", "")),
            trainOn,
            RowLimits.defaults())
        .check(ROW);
  }
}
