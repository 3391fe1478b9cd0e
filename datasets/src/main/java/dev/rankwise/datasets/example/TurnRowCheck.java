package dev.rankwise.datasets.example;

import dev.rankwise.datasets.chat.ChatRenderer;
import dev.rankwise.datasets.chat.Conversation;
import dev.rankwise.datasets.chat.RenderedChat;
import dev.rankwise.datasets.chat.TextSpan;
import dev.rankwise.datasets.chat.TrainOn;
import dev.rankwise.datasets.chat.UnusableRow;
import dev.rankwise.datasets.picture.PictureReading;
import dev.rankwise.datasets.prompt.PictureMarks;
import dev.rankwise.datasets.source.ContentHash;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.models.failure.InternalException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Judges one raw row of a conversation or a text, and renders it.
 *
 * <p>A row's id is its key, or else the SHA-256 of its turns and the files of its pictures: the
 * same in whatever form and file they come, and whatever chat format they are rendered in. The
 * checks run in a fixed order (what the source reported, key, values, turns, files of pictures,
 * format, pictures) and the first that fails gives the reason.
 */
public final class TurnRowCheck implements RowCheck {
  private static final long serialVersionUID = 1L;

  private final TurnColumns columns;
  private final ChatRenderer renderer;
  private final TrainOn trainOn;
  private final RowLimits limits;

  /** Null where rows have no pictures. */
  private final PictureReading pictures;

  /**
   * A check of rows without pictures.
   *
   * @param columns what the columns hold
   * @param renderer the chat format
   * @param trainOn which turns are trained on
   * @param limits the longest value, a list of turns counted as one
   */
  public TurnRowCheck(
      TurnColumns columns, ChatRenderer renderer, TrainOn trainOn, RowLimits limits) {
    this(columns, renderer, trainOn, limits, Optional.empty());
  }

  /**
   * A check.
   *
   * @param columns what the columns hold
   * @param renderer the chat format
   * @param trainOn which turns are trained on
   * @param limits the longest value, a list of turns counted as one
   * @param pictures how the pictures of a row are read; empty where the columns hold none
   */
  public TurnRowCheck(
      TurnColumns columns,
      ChatRenderer renderer,
      TrainOn trainOn,
      RowLimits limits,
      Optional<PictureReading> pictures) {
    this.columns = Objects.requireNonNull(columns, "columns");
    this.renderer = Objects.requireNonNull(renderer, "renderer");
    this.trainOn = Objects.requireNonNull(trainOn, "trainOn");
    this.limits = Objects.requireNonNull(limits, "limits");
    this.pictures = pictures.orElse(null);
    if (columns.isPictured() != pictures.isPresent()) {
      throw new InternalException("A column of pictures, and nothing to read them, or the reverse");
    }
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
      Conversation read = columns.form().read(texts(values));
      List<byte[]> files =
          pictures == null ? List.of() : pictures.files(values[columns.picturePlace()]);
      String id = columns.isKeyed() ? key : contentId(read, files);
      Conversation conversation = pictures == null ? read : placed(read, files.size());
      RenderedChat chat = renderer.render(conversation);
      if (pictures != null && PictureMarks.count(chat.text()) != files.size()) {
        return CheckedRow.rejected(id, RejectionReason.PICTURE_COUNT);
      }
      List<TextSpan> trained = trainOn.spans(conversation, chat);
      if (trained.isEmpty()) {
        return CheckedRow.rejected(id, RejectionReason.NO_TARGET_TOKENS);
      }
      CheckedRow row = CheckedRow.accepted(id, chat.text(), trained);
      return files.isEmpty() ? row : row.seeing(pictures.colours(files));
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

  private static Conversation placed(Conversation conversation, int count) {
    return PictureMarks.placed(conversation, count)
        .orElseThrow(() -> new UnusableRow(RejectionReason.PICTURE_COUNT));
  }

  private static String contentId(Conversation conversation, List<byte[]> files) {
    if (files.isEmpty()) {
      return conversation.contentHash();
    }
    ContentHash hash = new ContentHash().add(conversation.contentHash());
    files.forEach(hash::add);
    return hash.hex();
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

  static String recordHash(byte[][] values) {
    ContentHash hash = new ContentHash();
    for (byte[] value : values) {
      hash.add(value);
    }
    return hash.hex();
  }
}
