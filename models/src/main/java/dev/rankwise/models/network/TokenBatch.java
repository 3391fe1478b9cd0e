package dev.rankwise.models.network;

import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.vision.ImagePatches;
import dev.rankwise.models.vision.PatchGrid;
import dev.rankwise.models.vision.Picture;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A micro-batch: token sequences laid end to end, without padding.
 *
 * @param ids token ids of all sequences, (tokens)
 * @param typeIds segment ids of all tokens, (tokens); all zero where a model has none
 * @param positions place of each token, (tokens); counted from 0 whatever the model counts from
 * @param offsets first token of each sequence, then the total: (sequences + 1), strictly increasing
 * @param labels what the loss compares with; empty when only outputs are wanted. Of a classifier
 *     the class of each sequence, (sequences). Of a causal decoder the token that each token is to
 *     predict, (tokens), or {@link #NONE}: already moved to where it is predicted, as {@link
 *     #withNextTokens} does
 * @param tasks task of each sequence, counted from 0, (sequences); {@link #NO_TASK} where none is
 *     said
 * @param images the patches of pictures, each of which is a token; its id says nothing
 */
public record TokenBatch(
    int[] ids,
    int[] typeIds,
    int[] positions,
    int[] offsets,
    int[] labels,
    int[] tasks,
    ImagePatches images) {

  /** Label of a token that predicts nothing that counts. */
  public static final int NONE = -100;

  /** Task of a sequence of which none is said. */
  public static final int NO_TASK = -1;

  /** A micro-batch without a word on tasks. */
  public TokenBatch(int[] ids, int[] typeIds, int[] positions, int[] offsets, int[] labels) {
    this(ids, typeIds, positions, offsets, labels, noTasks(offsets), ImagePatches.NONE);
  }

  /** A micro-batch whose positions count up within each sequence. */
  public TokenBatch(int[] ids, int[] typeIds, int[] offsets, int[] labels) {
    this(ids, typeIds, countedUp(offsets), offsets, labels);
  }

  /**
   * Takes the real tokens out of a batch padded on the right.
   *
   * @param ids token ids, (rows, columns) row-major
   * @param mask 1 for a token, 0 for padding, (rows, columns)
   * @param typeIds segment ids, (rows, columns); empty where there are none
   * @param labels class of each row; empty when only outputs are wanted
   * @param rows number of sequences
   * @throws UserInputException if a row has no token, or padding before a token
   */
  public static TokenBatch ofPadded(
      long[] ids, long[] mask, long[] typeIds, long[] labels, int rows) {
    int columns = rows == 0 ? 0 : ids.length / rows;
    int[] offsets = new int[rows + 1];
    for (int row = 0; row < rows; row++) {
      offsets[row + 1] = offsets[row] + length(mask, row, columns);
    }
    int[] flatIds = new int[offsets[rows]];
    int[] flatTypes = new int[offsets[rows]];
    for (int row = 0; row < rows; row++) {
      for (int t = 0; t < offsets[row + 1] - offsets[row]; t++) {
        int place = row * columns + t;
        flatIds[offsets[row] + t] = Math.toIntExact(ids[place]);
        flatTypes[offsets[row] + t] = typeIds.length == 0 ? 0 : Math.toIntExact(typeIds[place]);
      }
    }
    int[] classes = Arrays.stream(labels).mapToInt(Math::toIntExact).toArray();
    return new TokenBatch(flatIds, flatTypes, offsets, classes);
  }

  /**
   * Pictures alone, each a sequence of its own: a class token, then its patches.
   *
   * @param labels class of each picture; empty when only outputs are wanted
   */
  public static TokenBatch ofPictures(List<Picture> pictures, int patch, int[] labels) {
    return ofPatches(ImagePatches.of(pictures, patch), labels);
  }

  /**
   * Pictures alone that are cut already, as {@link #ofPictures} lays them out, whatever tokens
   * their patches are elsewhere.
   *
   * @param labels class of each picture; empty when only outputs are wanted
   */
  public static TokenBatch ofPatches(ImagePatches images, int[] labels) {
    List<PatchGrid> grids = images.grids();
    int[] offsets = new int[grids.size() + 1];
    for (int i = 0; i < grids.size(); i++) {
      offsets[i + 1] = offsets[i] + 1 + grids.get(i).patches();
    }
    int tokens = offsets[grids.size()];
    int[] firsts = Arrays.copyOf(offsets, grids.size());
    int[] patches =
        IntStream.range(0, tokens).filter(i -> Arrays.binarySearch(firsts, i) < 0).toArray();
    return new TokenBatch(
        new int[tokens],
        new int[tokens],
        countedUp(offsets),
        offsets,
        labels,
        noTasks(offsets),
        images.at(patches));
  }

  /**
   * The same micro-batch with targets for a causal decoder: each token predicts the one after it in
   * its own sequence, the last one of a sequence nothing.
   *
   * @param own label of each token itself, (tokens): its id, or {@link #NONE} where predicting it
   *     does not count (transformers' {@code labels})
   */
  public TokenBatch withNextTokens(int[] own) {
    if (own.length != ids.length) {
      throw new UserInputException(
          "Invalid labels: %s for %s tokens (each token needs one; %s for none)"
              .formatted(own.length, ids.length, NONE));
    }
    int[] next = new int[own.length];
    Arrays.fill(next, NONE);
    for (int sequence = 0; sequence < sequences(); sequence++) {
      int begin = offsets[sequence];
      System.arraycopy(own, begin + 1, next, begin, offsets[sequence + 1] - begin - 1);
    }
    return new TokenBatch(ids, typeIds, positions, offsets, next, tasks, images);
  }

  /** The same micro-batch with pictures, whose patches are some of its tokens. */
  public TokenBatch with(ImagePatches newImages) {
    return new TokenBatch(ids, typeIds, positions, offsets, labels, tasks, newImages);
  }

  /**
   * The same micro-batch for other tasks.
   *
   * @param newTasks task of each sequence, (sequences)
   */
  public TokenBatch withTasks(int[] newTasks) {
    if (newTasks.length != sequences() || Arrays.stream(newTasks).anyMatch(task -> task < 0)) {
      throw new UserInputException(
          "Invalid task ids: %s for %s sequences (each needs one, at least 0)"
              .formatted(Arrays.toString(newTasks), sequences()));
    }
    return new TokenBatch(ids, typeIds, positions, offsets, labels, newTasks.clone(), images);
  }

  /** The tokens that have a target, of a causal decoder, counted from the micro-batch's first. */
  public int[] targets() {
    return IntStream.range(0, labels.length).filter(token -> labels[token] != NONE).toArray();
  }

  /**
   * The numbers of the real tokens out of an array padded on the right.
   *
   * @param padded (sequences, columns) row-major
   */
  public int[] unpadded(long[] padded) {
    int columns = padded.length / sequences();
    int[] flat = new int[tokens()];
    for (int row = 0; row < sequences(); row++) {
      int begin = offsets[row];
      for (int token = begin; token < offsets[row + 1]; token++) {
        flat[token] = Math.toIntExact(padded[row * columns + token - begin]);
      }
    }
    return flat;
  }

  /** Number of sequences. */
  public int sequences() {
    return offsets.length - 1;
  }

  /** Number of tokens. */
  public int tokens() {
    return ids.length;
  }

  private static int[] noTasks(int[] offsets) {
    int[] tasks = new int[offsets.length - 1];
    Arrays.fill(tasks, NO_TASK);
    return tasks;
  }

  private static int length(long[] mask, int row, int columns) {
    int length = 0;
    for (int t = 0; t < columns; t++) {
      if (mask[row * columns + t] != 0) {
        if (length < t) {
          throw new UserInputException(
              "Invalid attention_mask: row %s has padding before a token (pad on the right)"
                  .formatted(row));
        }
        length++;
      }
    }
    if (length == 0) {
      throw new UserInputException(
          "Invalid attention_mask: row %s has no token (each row needs one at least)"
              .formatted(row));
    }
    return length;
  }

  private static int[] countedUp(int[] offsets) {
    int[] positions = new int[offsets[offsets.length - 1]];
    for (int sequence = 0; sequence + 1 < offsets.length; sequence++) {
      for (int token = offsets[sequence]; token < offsets[sequence + 1]; token++) {
        positions[token] = token - offsets[sequence];
      }
    }
    return positions;
  }
}
