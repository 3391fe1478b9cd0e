package dev.rankwise.jobs.mlflow;

import java.io.IOException;
import java.net.http.HttpRequest.BodyPublisher;

/**
 * A file that is sent.
 *
 * @param name where it goes below the run's artifacts, with {@code /} between folders
 * @param bytes its size
 * @param content opens it
 */
record SentFile(String name, long bytes, Content content) {

  /** Opens what is sent. */
  @FunctionalInterface
  interface Content {
    BodyPublisher open() throws IOException;
  }
}
