package dev.rankwise.jobs.session;

import dev.rankwise.jobs.conf.SparkSection;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;

/**
 * The Spark session of several runs: started before the first, left by each, stopped at the end. A
 * session that was there before is used and left running.
 */
public final class SharedSpark implements AutoCloseable {
  private Optional<SparkSession> started = Optional.empty();

  /**
   * Makes sure that Spark runs: a run may have taken the session before down with it.
   *
   * @param verb what Spark's pages call the application
   * @return the session
   */
  public SparkSession start(String verb, SparkSection settings) {
    if (!SparkSessions.isRunning()) {
      started = Optional.of(SparkSessions.start("rankwise " + verb, settings));
    }
    return started.orElseGet(SparkSession::active);
  }

  @Override
  public void close() {
    started.ifPresent(SparkSession::stop);
  }
}
