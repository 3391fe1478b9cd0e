package dev.rankwise.datasets.prepare;

import dev.rankwise.datasets.shard.Split;
import dev.rankwise.datasets.source.ContentHash;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.failure.UserInputException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Which split an accepted row belongs to, told by its id alone: never by the place of a row in a
 * file, so that neither shuffled input nor another number of partitions moves a row.
 */
public sealed interface SplitRule extends Serializable {

  /**
   * The split of a row, or nothing where the row is not used.
   *
   * @param rank place among the accepted rows in canonical order, from 0
   * @param id the row's id
   */
  Optional<Split> splitOf(long rank, String id);

  /** Whether the rule yields rows for {@code split}. */
  boolean yields(Split split);

  /** The rule in recipe words, for manifests. */
  String description();

  /** The column by which rows are split, beside their ids; empty for none. */
  default String column() {
    return "";
  }

  /** The first {@code test} rows in canonical order are held out, the next {@code train} train. */
  static SplitRule counts(int test, int train) {
    return new Counts(test, train);
  }

  /** Rows whose hash is below {@code test} of the range are held out, all others train. */
  static SplitRule testFraction(double test) {
    return new Fraction(test);
  }

  /** The same, by the hash of a column's value: rows with one value are on one side. */
  static SplitRule groupFraction(double test, String column) {
    return new Grouped(new Fraction(test), column);
  }

  /** Of each value of a column the same share of rows is held out: those whose hash is least. */
  static SplitRule stratifiedFraction(double test, String column) {
    return new Stratified(new Fraction(test), column);
  }

  /** Every row trains; evaluation rows come from elsewhere or not at all. */
  static SplitRule trainOnly() {
    return new Only(Split.TRAIN);
  }

  /** Every row is held out, as for evaluating what is already trained. */
  static SplitRule testOnly() {
    return new Only(Split.TEST);
  }

  /**
   * Numbers of rows.
   *
   * @param test rows held out, not negative
   * @param train most rows to train on, positive
   */
  record Counts(int test, int train) implements SplitRule {
    public Counts {
      if (test < 0 || train < 1) {
        throw new UserInputException(
            "Invalid split: "
                + test
                + " test rows and "
                + train
                + " training rows (test must not be negative, training must be positive); set"
                + " data.test-rows and data.train-rows");
      }
    }

    @Override
    public Optional<Split> splitOf(long rank, String id) {
      if (rank < test) {
        return Optional.of(Split.TEST);
      }
      return rank < (long) test + train ? Optional.of(Split.TRAIN) : Optional.empty();
    }

    @Override
    public boolean yields(Split split) {
      return split == Split.TRAIN || test > 0;
    }

    @Override
    public String description() {
      return "first " + test + " rows by hash test, next " + train + " train";
    }
  }

  /**
   * A share of rows: a row is held out if {@code h(id) / 2^53 < test}, where h is the first 53 bits
   * of SHA-256.
   *
   * @param test share of rows held out, in [0, 1)
   */
  record Fraction(double test) implements SplitRule {
    private static final int DROPPED_BITS = 11;
    private static final double RANGE = 0x1.0p53;

    public Fraction {
      if (!(test >= 0 && test < 1)) {
        throw new UserInputException(
            "Invalid test fraction: "
                + test
                + " (must be at least 0 and below 1); set data.test-fraction");
      }
    }

    @Override
    public Optional<Split> splitOf(long rank, String id) {
      byte[] hash = ContentHash.sha256().digest(id.getBytes(StandardCharsets.UTF_8));
      long leading = ByteBuffer.wrap(hash).getLong() >>> DROPPED_BITS;
      return Optional.of(leading / RANGE < test ? Split.TEST : Split.TRAIN);
    }

    @Override
    public boolean yields(Split split) {
      return split == Split.TRAIN || test > 0;
    }

    @Override
    public String description() {
      return "fraction " + test + " by hash test, others train";
    }
  }

  /**
   * A share of groups: {@link Fraction} of the group's name in the place of the row's id. A row
   * without a name is a group by itself.
   *
   * @param share of groups held out
   * @param column holds the name of a row's group
   */
  record Grouped(Fraction share, String column) implements SplitRule {
    @Override
    public Optional<Split> splitOf(long rank, String group) {
      return share.splitOf(rank, group);
    }

    @Override
    public boolean yields(Split split) {
      return share.yields(split);
    }

    @Override
    public String description() {
      return "fraction %s by hash of %s test, others train".formatted(share.test(), column);
    }
  }

  /**
   * A share of each stratum: of its n rows the first {@code ⌊f · n + 1/2⌋} in canonical order are
   * held out.
   *
   * @param share of each stratum held out
   * @param column holds the name of a row's stratum; rows without one are a stratum too
   */
  record Stratified(Fraction share, String column) implements SplitRule {
    /** Rows of a stratum of {@code rows} that are held out. */
    long heldOut(long rows) {
      return (long) Math.floor(share.test() * rows + 0.5);
    }

    /** Not told by one row: see {@link #heldOut}. */
    @Override
    public Optional<Split> splitOf(long rank, String id) {
      throw new InternalException("A stratified split is told by ranks within strata");
    }

    /** The split of the row of that rank among the {@code rows} of its stratum. */
    Split splitOf(long rank, long rows) {
      return rank < heldOut(rows) ? Split.TEST : Split.TRAIN;
    }

    @Override
    public boolean yields(Split split) {
      return share.yields(split);
    }

    @Override
    public String description() {
      return "fraction %s of each %s by hash test, others train".formatted(share.test(), column);
    }
  }

  /**
   * All rows in one split.
   *
   * @param split the split
   */
  record Only(Split split) implements SplitRule {
    @Override
    public Optional<Split> splitOf(long rank, String id) {
      return Optional.of(split);
    }

    @Override
    public boolean yields(Split asked) {
      return asked == split;
    }

    @Override
    public String description() {
      return "all rows " + split.folder();
    }
  }
}
