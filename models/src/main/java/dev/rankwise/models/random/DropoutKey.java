package dev.rankwise.models.random;

import dev.rankwise.models.format.Sha256;
import java.io.Serializable;

/**
 * Names one micro-batch of a run, and with it the numbers that dropout draws in it. A mask is a
 * function of this key, the module's path and the element's place alone: so it is the same when a
 * block is computed again, on whatever thread or executor, and another one in each micro-batch and
 * module.
 *
 * @param seed the run's seed
 * @param step the step, from 0
 * @param microBatch the micro-batch within the step, from 0, over all groups
 */
public record DropoutKey(long seed, int step, int microBatch) implements Serializable {
  private static final int WORD_DIGITS = 16;
  private static final int LOW = 32;

  /** The key of the micro-batch that comes {@code later} ones after this in the same step. */
  public DropoutKey plus(int later) {
    return new DropoutKey(seed, step, Math.addExact(microBatch, later));
  }

  /**
   * Which numbers of some rows of a module's input are dropped: element e of the whole input takes
   * half a word of {@link SeededStream}'s, the lower one where e is even, and is dropped where that
   * is below p·2³².
   *
   * @param module the module's path
   * @param probability p, [0, 1)
   * @param firstRow number of the first of these rows within the micro-batch
   * @param rows how many rows
   * @param width numbers of a row
   * @return 1 where dropped, else 0, (rows, width)
   */
  public byte[] mask(String module, double probability, int firstRow, int rows, int width) {
    SeededStream ofModule = new SeededStream(seed, word(module));
    SeededStream ofStep = new SeededStream(ofModule.nextLong(), step);
    SeededStream words = new SeededStream(ofStep.nextLong(), microBatch);
    long threshold = Math.round(probability * (1L << LOW));
    long first = (long) firstRow * width;
    byte[] mask = new byte[Math.multiplyExact(rows, width)];
    words.skip(first / 2);
    int place = 0;
    if (first % 2 == 1 && mask.length > 0) {
      mask[place++] = dropped(words.nextLong() >>> LOW, threshold);
    }
    while (place + 1 < mask.length) {
      long word = words.nextLong();
      mask[place++] = dropped(word & 0xFFFFFFFFL, threshold);
      mask[place++] = dropped(word >>> LOW, threshold);
    }
    if (place < mask.length) {
      mask[place] = dropped(words.nextLong() & 0xFFFFFFFFL, threshold);
    }
    return mask;
  }

  /** The sign of the difference: a branch would be mispredicted for a tenth of the elements. */
  private static byte dropped(long drawn, long threshold) {
    return (byte) ((drawn - threshold) >>> 63);
  }

  private static long word(String module) {
    return Long.parseUnsignedLong(Sha256.ofText(module).substring(0, WORD_DIGITS), 16);
  }
}
