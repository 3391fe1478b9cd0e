package dev.rankwise.jobs.survey;

/**
 * How far an executor's clock is ahead of the driver's, as far as can be told from outside: it was
 * read at some moment between the driver's question and its answer.
 *
 * @param executor its id in Spark
 * @param leastMillis it is at least so much ahead; negative if it may be behind
 * @param mostMillis it is at most so much ahead
 */
public record ClockOffset(String executor, long leastMillis, long mostMillis) {

  /**
   * What one reading says.
   *
   * @param there the executor's clock
   * @param asked the driver's clock before
   * @param answered the driver's clock after
   */
  static ClockOffset of(String executor, long there, long asked, long answered) {
    return new ClockOffset(executor, there - answered, there - asked);
  }

  /**
   * What two readings say together. Where they contradict each other, a clock was set between them,
   * and the later one counts.
   */
  ClockOffset and(ClockOffset later) {
    long least = Math.max(leastMillis, later.leastMillis);
    long most = Math.min(mostMillis, later.mostMillis);
    return least > most ? later : new ClockOffset(executor, least, most);
  }

  /** The offset that is certain: 0 if the two clocks may show the same time. */
  public long certainMillis() {
    if (leastMillis > 0) {
      return leastMillis;
    }
    return Math.min(0, mostMillis);
  }

  /** The largest offset, ahead or behind, that these readings leave possible. */
  public long possibleMillis() {
    return Math.max(Math.abs(leastMillis), Math.abs(mostMillis));
  }
}
