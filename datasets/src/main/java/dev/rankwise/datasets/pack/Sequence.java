package dev.rankwise.datasets.pack;

import dev.rankwise.models.failure.InternalException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Texts that lie end to end in one sequence. They know nothing of each other: places count from 0
 * in each, and no token attends beyond its own text or predicts the first token of the next.
 *
 * @param position place in its split, from 0 without gaps
 * @param rowIds the row that each text comes from, (texts)
 * @param starts first token of each text, (texts), strictly increasing from 0
 * @param ids token ids of all texts, (tokens)
 * @param trained whether the loss is taken on each token, (tokens)
 * @param task the task of all its texts, counted from 0, or {@link #NO_TASK}
 * @param pictures the pictures of all texts, by their first tokens; none where there are only texts
 */
public record Sequence(
    int position,
    List<String> rowIds,
    int[] starts,
    int[] ids,
    boolean[] trained,
    int task,
    List<SequencePicture> pictures)
    implements Serializable {
  /** The task of rows of which none is said. */
  public static final int NO_TASK = -1;

  public Sequence {
    rowIds = List.copyOf(rowIds);
    starts = starts.clone();
    ids = ids.clone();
    trained = trained.clone();
    pictures = SequencePicture.inOrder(pictures, ids.length);
    boolean ordered = starts.length > 0 && starts[0] == 0;
    for (int text = 1; ordered && text < starts.length; text++) {
      ordered = starts[text] > starts[text - 1];
    }
    if (position < 0
        || !ordered
        || rowIds.size() != starts.length
        || ids.length <= starts[starts.length - 1]
        || trained.length != ids.length
        || task < NO_TASK) {
      throw new InternalException(
          ("Invalid sequence at position %s: %s rows, %s texts, %s tokens, %s flags, task %s (texts"
                  + " must follow each other and hold tokens, each with a flag)")
              .formatted(position, rowIds.size(), starts.length, ids.length, trained.length, task));
    }
  }

  /** A sequence without pictures of which no task is said. */
  public Sequence(int position, List<String> rowIds, int[] starts, int[] ids, boolean[] trained) {
    this(position, rowIds, starts, ids, trained, NO_TASK, List.of());
  }

  /** The sequence of {@code texts} without a task, whose rows are {@code rowIds}. */
  public static Sequence of(int position, List<String> rowIds, List<TrainedTokens> texts) {
    return of(position, rowIds, texts, NO_TASK);
  }

  /** The sequence of {@code texts} of one task, whose rows are {@code rowIds}. */
  public static Sequence of(
      int position, List<String> rowIds, List<TrainedTokens> texts, int task) {
    Objects.requireNonNull(texts, "texts");
    int length = texts.stream().mapToInt(TrainedTokens::length).sum();
    int[] starts = new int[texts.size()];
    int[] ids = new int[length];
    boolean[] trained = new boolean[length];
    List<SequencePicture> pictures = new ArrayList<>();
    int start = 0;
    for (int text = 0; text < starts.length; text++) {
      TrainedTokens tokens = texts.get(text);
      starts[text] = start;
      System.arraycopy(tokens.ids(), 0, ids, start, tokens.length());
      System.arraycopy(tokens.trained(), 0, trained, start, tokens.length());
      for (SequencePicture picture : tokens.pictures()) {
        pictures.add(picture.later(start));
      }
      start += tokens.length();
    }
    return new Sequence(position, rowIds, starts, ids, trained, task, pictures);
  }

  @Override
  public int[] starts() {
    return starts.clone();
  }

  @Override
  public int[] ids() {
    return ids.clone();
  }

  @Override
  public boolean[] trained() {
    return trained.clone();
  }

  /** Number of tokens. */
  public int length() {
    return ids.length;
  }

  /** Number of tokens of each text, (texts). */
  public int[] textLengths() {
    int[] lengths = new int[starts.length];
    for (int text = 0; text < lengths.length; text++) {
      int end = text + 1 < starts.length ? starts[text + 1] : ids.length;
      lengths[text] = end - starts[text];
    }
    return lengths;
  }

  /** Number of tokens that the loss is taken on: trained, and not the first of their text. */
  public int targets() {
    int targets = 0;
    int text = 0;
    for (int token = 0; token < trained.length; token++) {
      boolean first = text < starts.length && starts[text] == token;
      text += first ? 1 : 0;
      targets += trained[token] && !first ? 1 : 0;
    }
    return targets;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Sequence that
        && position == that.position
        && task == that.task
        && rowIds.equals(that.rowIds)
        && Arrays.equals(starts, that.starts)
        && Arrays.equals(ids, that.ids)
        && Arrays.equals(trained, that.trained)
        && pictures.equals(that.pictures);
  }

  @Override
  public int hashCode() {
    return Objects.hash(position, rowIds) * 31 + Arrays.hashCode(ids);
  }

  @Override
  public String toString() {
    return "Sequence[position=%s, texts=%s, tokens=%s, targets=%s]"
        .formatted(position, starts.length, ids.length, targets());
  }
}
