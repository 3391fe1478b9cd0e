package dev.rankwise.jobs.mlflow;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.slf4j.LoggerFactory;

/**
 * Who we are to an MLflow server, from the environment of the driver alone, by the names that
 * MLflow's own programs have. Never written anywhere.
 */
final class Credentials {
  static final String USER = "MLFLOW_TRACKING_USERNAME";
  static final String PASSWORD = "MLFLOW_TRACKING_PASSWORD";
  static final String TOKEN = "MLFLOW_TRACKING_TOKEN";

  /** Where the client's HTTP library would write the header that holds them. */
  private static final String HEADERS = "org.mlflow_project.apachehttp.headers";

  private final String user;
  private final String password;
  private final String token;

  private Credentials(String user, String password, String token) {
    this.user = user;
    this.password = password;
    this.token = token;
  }

  /**
   * Those of an environment; a token goes before a user.
   *
   * @throws UnsentException if they would come into a log
   */
  static Credentials of(Map<String, String> environment) throws UnsentException {
    Credentials credentials =
        new Credentials(
            environment.getOrDefault(USER, ""),
            environment.getOrDefault(PASSWORD, ""),
            environment.getOrDefault(TOKEN, ""));
    boolean written = LoggerFactory.getLogger(HEADERS).isDebugEnabled();
    if (written && credentials.header().isPresent()) {
      throw new UnsentException(
          UnsentException.Remedy.MEND,
          ("the log is at level DEBUG for %s, so it would hold the password; set the loggers"
                  + " org.mlflow and org.mlflow_project to WARN")
              .formatted(HEADERS));
    }
    return credentials;
  }

  boolean hasToken() {
    return !token.isEmpty();
  }

  boolean hasUser() {
    return !user.isEmpty();
  }

  String user() {
    return user;
  }

  String password() {
    return password;
  }

  String token() {
    return token;
  }

  /** The value of the header {@code Authorization}; empty where nothing is given. */
  Optional<String> header() {
    if (hasToken()) {
      return Optional.of("Bearer " + token);
    }
    byte[] both = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
    return hasUser()
        ? Optional.of("Basic " + Base64.getEncoder().encodeToString(both))
        : Optional.empty();
  }
}
