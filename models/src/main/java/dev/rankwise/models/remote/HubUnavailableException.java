package dev.rankwise.models.remote;

import java.io.IOException;
import java.time.Duration;

/** The server cannot answer now, and may later. */
final class HubUnavailableException extends IOException {
  private static final long serialVersionUID = 1L;

  private final Duration wait;

  /**
   * An answer that is worth another try.
   *
   * @param status of HTTP
   * @param wait what the server asks for; zero if nothing
   */
  HubUnavailableException(int status, Duration wait) {
    super("HTTP " + status);
    this.wait = wait;
  }

  Duration asked() {
    return wait;
  }
}
