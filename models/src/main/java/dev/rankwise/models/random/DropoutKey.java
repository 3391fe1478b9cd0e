package dev.rankwise.models.random;

import dev.rankwise.models.format.Sha256;
import java.io.Serializable;

/**
 * Names one micro-batch of a run, and with it the numbers that dropout and jitter draw in it. They
 * are a function of this key, the module's path and the element's place alone: so they are the same
 * when a block is computed again, on whatever thread or executor, and others in each micro-batch
 * and module.
 *
 * @param seed the run's seed
 * @param step the step, from 0
 * @param microBatch the micro-batch within the step, from 0, over all groups
 */
public record DropoutKey(long seed, int step, int microBatch) implements Serializable {
  private static final int WORD_DIGITS = 16;
  private static final int LOW = 32;

  /** No module's path ends so, which keeps a module's streams apart. */
  private static final String JITTER = "#jitter";

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
    SeededStream words = stream(module);
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

  /**
   * The factors that some rows of a router's input are multiplied by in training: element e of the
   * whole input takes the e-th number of a stream of its own, f = 1 + ε·(2u − 1), u in [0, 1).
   *
   * @param module path of the module whose input it is
   * @param jitter ε, [0, 1)
   * @param firstRow number of the first of these rows within the micro-batch
   * @param rows how many rows
   * @param width numbers of a row
   * @return f, in double, rounded once, (rows, width)
   */
  public float[] factors(String module, double jitter, int firstRow, int rows, int width) {
    SeededStream numbers = stream(module + JITTER);
    numbers.skip((long) firstRow * width);
    float[] factors = new float[Math.multiplyExact(rows, width)];
    for (int i = 0; i < factors.length; i++) {
      factors[i] = (float) (1 + jitter * (2 * numbers.nextDouble() - 1));
    }
    return factors;
  }

  private SeededStream stream(String name) {
    SeededStream ofName = new SeededStream(seed, word(name));
    SeededStream ofStep = new SeededStream(ofName.nextLong(), step);
    return new SeededStream(ofStep.nextLong(), microBatch);
  }

  /** The sign of the difference: a branch would be mispredicted for a tenth of the elements. */
  private static byte dropped(long drawn, long threshold) {
    return (byte) ((drawn - threshold) >>> 63);
  }

  private static long word(String module) {
    return Long.parseUnsignedLong(Sha256.ofText(module).substring(0, WORD_DIGITS), 16);
  }
}
