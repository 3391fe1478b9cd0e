package dev.rankwise.datasets.example;

import dev.rankwise.datasets.chat.ChatRenderer;
import dev.rankwise.datasets.chat.Conversation;
import dev.rankwise.datasets.chat.RenderedChat;
import dev.rankwise.datasets.chat.TextSpan;
import dev.rankwise.datasets.chat.TrainOn;
import dev.rankwise.datasets.chat.UnusableRow;
import dev.rankwise.datasets.source.ContentHash;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.datasets.source.RowLimits;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Judges one raw row of a conversation or a text, and renders it.
 *
 * <p>A row's id is its key, or else the SHA-256 of its turns: the same in whatever form and file
 * they come, and whatever chat format they are rendered in. The checks run in a fixed order (what
 * the source reported, key, values, turns, format) and the first that fails gives the reason.
 */
public final class TurnRowCheck implements RowCheck {
  private static final long serialVersionUID = 1L;

  private final TurnColumns columns;
  private final ChatRenderer renderer;
  private final TrainOn trainOn;
  private final RowLimits limits;

  /**
   * A check.
   *
   * @param columns what the columns hold
   * @param renderer the chat format
   * @param trainOn which turns are trained on
   * @param limits the longest value, a list of turns counted as one
   */
  public TurnRowCheck(
      TurnColumns columns, ChatRenderer renderer, TrainOn trainOn, RowLimits limits) {
    this.columns = Objects.requireNonNull(columns, "columns");
    this.renderer = Objects.requireNonNull(renderer, "renderer");
    this.trainOn = Objects.requireNonNull(trainOn, "trainOn");
    this.limits = Objects.requireNonNull(limits, "limits");
  }

  @Override
  public CheckedRow check(byte[][] values) {
    String recordHash = recordHash(values);
    RejectionReason keyProblem = keyProblem(values);
    if (keyProblem != null) {
      return CheckedRow.rejected(recordHash, keyProblem);
    }
    String key = columns.isKeyed() ? ValueCheck.decoded(values[columns.keyPlace()]) : "";
    String failedId = columns.isKeyed() ? key : recordHash;
    try {
      Conversation conversation = columns.form().read(texts(values));
      String id = columns.isKeyed() ? key : conversation.contentHash();
      RenderedChat chat = renderer.render(conversation);
      List<TextSpan> trained = trainOn.spans(conversation, chat);
      return trained.isEmpty()
          ? CheckedRow.rejected(id, RejectionReason.NO_TARGET_TOKENS)
          : CheckedRow.accepted(id, chat.text(), trained);
    } catch (UnusableRow row) {
      return CheckedRow.rejected(failedId, row.reason());
    }
  }

  @Override
  public CheckedRow rejected(byte[][] values, RejectionReason reason, String recordHash) {
    boolean named = columns.isKeyed() && keyProblem(values) == null;
    String id = named ? ValueCheck.decoded(values[columns.keyPlace()]) : recordHash;
    return CheckedRow.rejected(id, reason);
  }

  private RejectionReason keyProblem(byte[][] values) {
    if (!columns.isKeyed()) {
      return null;
    }
    byte[] key = values[columns.keyPlace()];
    return key == null || key.length == 0
        ? RejectionReason.MISSING_KEY
        : ValueCheck.problem(key, RowLimits.MAXIMUM_NAME_CHARACTERS);
  }

  private Map<String, String> texts(byte[][] values) {
    List<String> names = columns.namesInOrder();
    Map<String, String> texts = new LinkedHashMap<>();
    for (int i = 0; i < values.length; i++) {
      if (names.get(i) == null || values[i] == null) {
        continue;
      }
      RejectionReason problem = ValueCheck.problem(values[i], limits.maximumCharacters());
      if (problem != null) {
        throw new UnusableRow(problem);
      }
      texts.put(names.get(i), ValueCheck.decoded(values[i]));
    }
    return texts;
  }

  private static String recordHash(byte[][] values) {
    ContentHash hash = new ContentHash();
    for (byte[] value : values) {
      hash.add(value);
    }
    return hash.hex();
  }
}
