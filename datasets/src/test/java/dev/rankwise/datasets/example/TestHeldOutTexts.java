package dev.rankwise.datasets.example;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.datasets.source.RejectionReason;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TestHeldOutTexts {
  private final HeldOutTexts texts =
      HeldOutTexts.ofHashes(List.of(HeldOutTexts.hash("second"), HeldOutTexts.hash("first")));

  /** Whatever its label: the text is what a model would remember. */
  @Test
  void rowWithSuchATextIsRejected() {
    assertThat(texts.without(CheckedRow.accepted("7", "first", "billing")))
        .isEqualTo(CheckedRow.rejected("7", RejectionReason.HELD_OUT));
    assertThat(texts.without(CheckedRow.accepted("8", "second", List.of())).isAccepted()).isFalse();
  }

  @Test
  void othersStayAsTheyAre() {
    CheckedRow other = CheckedRow.accepted("7", "third", "billing");
    CheckedRow rejected = CheckedRow.rejected("first", RejectionReason.EMPTY_TEXT);

    assertThat(texts.without(other)).isSameAs(other);
    assertThat(texts.without(rejected)).isSameAs(rejected);
    assertThat(HeldOutTexts.ofHashes(List.of()).without(other)).isSameAs(other);
  }
}
