package dev.rankwise.pipeline.executor;

import dev.rankwise.models.network.TokenBatch;
import java.io.Serializable;
import java.util.List;

/**
 * One prepared example on its way to the group that computes it. The arrays are not copied:
 * examples are made by a reader and read once.
 *
 * @param position its position in the prepared data
 * @param starts first token of each of its texts, (texts): 0, and more where texts share the
 *     example without knowing of each other
 * @param ids its token ids, (tokens)
 * @param labels its class alone, (1); or of a causal decoder the token that each of its tokens is
 *     to predict, (tokens), as {@link TokenBatch#labels} has it
 * @param task the task of its texts, or {@link TokenBatch#NO_TASK}
 * @param pictures its pictures, by the tokens that their patches are; the ids there say nothing
 */
public record TokenExample(
    int position, int[] starts, int[] ids, int[] labels, int task, List<TokenPicture> pictures)
    implements Serializable {
  private static final int[] ONE_TEXT = {0};

  public TokenExample {
    pictures = List.copyOf(pictures);
  }

  /** Texts without pictures. */
  public TokenExample(int position, int[] starts, int[] ids, int[] labels, int task) {
    this(position, starts, ids, labels, task, List.of());
  }

  /** Texts of which no task is said. */
  public TokenExample(int position, int[] starts, int[] ids, int[] labels) {
    this(position, starts, ids, labels, TokenBatch.NO_TASK);
  }

  /** A text of one class. */
  public TokenExample(int position, int[] ids, int label) {
    this(position, ONE_TEXT, ids, new int[] {label});
  }

  /** The same texts at another position, of another task. */
  TokenExample moved(int newPosition, int newTask) {
    return new TokenExample(newPosition, starts, ids, labels, newTask, pictures);
  }

  /** The same texts with pictures. */
  public TokenExample with(List<TokenPicture> newPictures) {
    return new TokenExample(position, starts, ids, labels, task, newPictures);
  }

  /** Its class. */
  public int label() {
    return labels[0];
  }
}
