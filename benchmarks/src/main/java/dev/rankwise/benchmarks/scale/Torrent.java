package dev.rankwise.benchmarks.scale;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * Spark's broadcast: blocks of 4 MB, which executors fetch from the driver and from each other.
 *
 * <p>Each executor fetches the blocks one after another in an order of its own, each from one of
 * those that have it by then, drawn at random; from then on it hands the block out itself. A host
 * sends what it is asked for in turn, at its link's speed. Source: {@code TorrentBroadcast} of
 * Spark 3.5, whose {@code readBlocks} does this.
 */
final class Torrent {
  private static final double BLOCK = 4 << 20;

  private final int executors;
  private final int blocks;
  private final double blockSeconds;
  private final SplittableRandom random;
  private final double[] free;
  private final List<int[]> holders = new ArrayList<>();
  private final int[] holding;
  private final int[][] order;

  /** One block on its way to an executor. */
  private record Fetch(double ends, int executor, int place) {}

  private Torrent(int executors, double bytes, double bytesPerSecond, SplittableRandom random) {
    this.executors = executors;
    this.blocks = (int) Math.max(1, Math.ceil(bytes / BLOCK));
    this.blockSeconds = bytes / blocks / bytesPerSecond;
    this.random = random;
    this.free = new double[executors + 1];
    this.holding = new int[blocks];
    Arrays.fill(holding, 1);
    for (int block = 0; block < blocks; block++) {
      int[] holder = new int[executors + 1];
      holder[0] = executors;
      holders.add(holder);
    }
    this.order = new int[executors][];
    for (int executor = 0; executor < executors; executor++) {
      order[executor] = shuffled(blocks, random);
    }
  }

  /**
   * When each executor has all blocks, in seconds.
   *
   * @param begins when each begins to fetch
   * @param bytes of the broadcast
   */
  static double[] ends(
      double[] begins, double bytes, double bytesPerSecond, SplittableRandom random) {
    return new Torrent(begins.length, bytes, bytesPerSecond, random).run(begins);
  }

  private double[] run(double[] begins) {
    PriorityQueue<Fetch> events =
        new PriorityQueue<>(
            (one, other) ->
                one.ends() == other.ends()
                    ? Integer.compare(one.executor(), other.executor())
                    : Double.compare(one.ends(), other.ends()));
    for (int executor = 0; executor < executors; executor++) {
      events.add(new Fetch(begins[executor], executor, -1));
    }
    double[] ends = new double[executors];
    while (!events.isEmpty()) {
      Fetch fetch = events.remove();
      if (fetch.place() >= 0) {
        int block = order[fetch.executor()][fetch.place()];
        holders.get(block)[holding[block]++] = fetch.executor();
      }
      int next = fetch.place() + 1;
      if (next == blocks) {
        ends[fetch.executor()] = fetch.ends();
      } else {
        events.add(asked(fetch, next));
      }
    }
    return ends;
  }

  private Fetch asked(Fetch before, int place) {
    int block = order[before.executor()][place];
    int holder = holders.get(block)[random.nextInt(holding[block])];
    free[holder] = Math.max(free[holder], before.ends()) + blockSeconds;
    return new Fetch(free[holder], before.executor(), place);
  }

  private static int[] shuffled(int count, SplittableRandom random) {
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}
