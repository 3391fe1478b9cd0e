package dev.rankwise.datasets.example;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.datasets.source.RowLimits;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TestLabelledRowCheck {
  private static final int LONGEST = 20;
  private static final LabelledColumns COLUMNS = LabelledColumns.of("text", "label");
  private static final LabelledRowCheck PLAIN =
      new LabelledRowCheck(COLUMNS, new RowLimits(LONGEST));
  private static final LabelledRowCheck KEYED =
      new LabelledRowCheck(COLUMNS.keyedBy("id"), new RowLimits(LONGEST));
  private static final byte[] INVALID = {(byte) 0xFF};

  @Test
  void soundRowIsAcceptedAsItIs() {
    assertThat(KEYED.check(bytes(" a text "), bytes("food"), bytes("7")))
        .isEqualTo(CheckedRow.accepted("7", " a text ", "food"));
  }

  @Test
  void withoutAKeyTheIdIsTheHashOfTheContent() {
    CheckedRow row = PLAIN.check(bytes("a text"), bytes("food"), null);

    assertThat(row.isAccepted()).isTrue();
    assertThat(row.id()).matches("[0-9a-f]{64}");
    assertThat(PLAIN.check(bytes("a text"), bytes("food"), null).id()).isEqualTo(row.id());
    assertThat(PLAIN.check(bytes("a text"), bytes("place"), null).id()).isNotEqualTo(row.id());
    assertThat(PLAIN.check(bytes("a tex"), bytes("tfood"), null).id()).isNotEqualTo(row.id());
  }

  @Test
  void missingTextIsToldFromEmptyText() {
    assertThat(reason(null, "food")).isEqualTo(RejectionReason.MISSING_TEXT);
    assertThat(reason("", "food")).isEqualTo(RejectionReason.EMPTY_TEXT);
    assertThat(reason(" \t\n\u2003", "food")).isEqualTo(RejectionReason.EMPTY_TEXT);
  }

  @Test
  void missingAndEmptyLabelsAreMissing() {
    assertThat(reason("a", null)).isEqualTo(RejectionReason.MISSING_LABEL);
    assertThat(reason("a", "")).isEqualTo(RejectionReason.MISSING_LABEL);
  }

  @Test
  void missingAndEmptyKeysAreMissing() {
    assertThat(KEYED.check(bytes("a"), bytes("food"), null).reason())
        .isEqualTo(RejectionReason.MISSING_KEY);
    assertThat(KEYED.check(bytes("a"), bytes("food"), new byte[0]).reason())
        .isEqualTo(RejectionReason.MISSING_KEY);
  }

  @Test
  void longestTextPassesAndOneCharacterMoreDoesNot() {
    String emoji = "😀";

    assertThat(reason(emoji.repeat(LONGEST), "food")).isNull();
    assertThat(reason(emoji.repeat(LONGEST - 1) + "ab", "food"))
        .isEqualTo(RejectionReason.TOO_LONG);
    assertThat(reason("a".repeat(10_000_000), "food")).isEqualTo(RejectionReason.TOO_LONG);
  }

  @Test
  void longLabelsAndKeysAreTooLong() {
    String name = "n".repeat(RowLimits.MAXIMUM_NAME_CHARACTERS);

    assertThat(reason("a", name)).isNull();
    assertThat(reason("a", name + "n")).isEqualTo(RejectionReason.TOO_LONG);
    assertThat(KEYED.check(bytes("a"), bytes("food"), bytes(name)).reason()).isNull();
    CheckedRow rejected = KEYED.check(bytes("a"), bytes("food"), bytes(name + "n"));
    assertThat(rejected.reason()).isEqualTo(RejectionReason.TOO_LONG);
    assertThat(rejected.id()).matches("[0-9a-f]{64}");
  }

  @Test
  void invalidUtf8IsFoundInEveryColumn() {
    assertThat(KEYED.check(INVALID, bytes("food"), bytes("7")))
        .isEqualTo(CheckedRow.rejected("7", RejectionReason.INVALID_UTF8));
    assertThat(KEYED.check(bytes("a"), INVALID, bytes("7")))
        .isEqualTo(CheckedRow.rejected("7", RejectionReason.INVALID_UTF8));
    assertThat(KEYED.check(bytes("a"), bytes("food"), INVALID).reason())
        .isEqualTo(RejectionReason.INVALID_UTF8);
  }

  @Test
  void controlCharactersAreFoundInEveryColumn() {
    for (String hostile : new String[] {"\0", "a\0b", "\u001b[2J", "\u0001", "\b", "\u001f"}) {
      assertThat(KEYED.check(bytes(hostile), bytes("food"), bytes("7")))
          .isEqualTo(CheckedRow.rejected("7", RejectionReason.CONTROL_CHARACTER));
      assertThat(KEYED.check(bytes("a"), bytes(hostile), bytes("7")))
          .isEqualTo(CheckedRow.rejected("7", RejectionReason.CONTROL_CHARACTER));
      assertThat(KEYED.check(bytes("a"), bytes("food"), bytes(hostile)).reason())
          .isEqualTo(RejectionReason.CONTROL_CHARACTER);
    }
  }

  @Test
  void whiteSpaceAndWhatTheWebWritesForQuotationMarksIsText() {
    assertThat(reason("a\tb\nc\u000bd\fe\rf", "food")).isNull();
    assertThat(reason("\u0093quoted\u0094\u0085\u007f", "food")).isNull();
  }

  @Test
  void rejectedRowHoldsNothingOfItsContent() {
    CheckedRow row = KEYED.check(bytes("a".repeat(LONGEST + 1)), bytes("food"), bytes("7"));

    assertThat(row.text()).isEmpty();
    assertThat(row.label()).isEmpty();
    assertThat(row.rejection().rowId()).isEqualTo("7");
    assertThat(row.rejection().reason()).isEqualTo(RejectionReason.TOO_LONG);
  }

  @Test
  void unreadableRowIsNamedByItsKeyWhereItHasOne() {
    assertThat(KEYED.rejected(bytes("7"), RejectionReason.WRONG_TYPE, "hash").id()).isEqualTo("7");
    assertThat(KEYED.rejected((byte[]) null, RejectionReason.MALFORMED_ROW, "hash").id())
        .isEqualTo("hash");
    assertThat(KEYED.rejected(INVALID, RejectionReason.WRONG_TYPE, "hash").id()).isEqualTo("hash");
    assertThat(KEYED.rejected(new byte[0], RejectionReason.WRONG_TYPE, "hash").id())
        .isEqualTo("hash");
  }

  private static RejectionReason reason(String text, String label) {
    return PLAIN.check(bytes(text), bytes(label), null).reason();
  }

  private static byte[] bytes(String text) {
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }
}
