package dev.rankwise.jobs.mlflow;

import dev.rankwise.jobs.mlflow.UnsentException.Remedy;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The artifacts of one run, behind the server's own address. MLflow's client would start a Python
 * for them; a server with {@code --serve-artifacts}, as it is by default, takes them by HTTP.
 */
final class ArtifactStore {
  private static final String SCHEME = "mlflow-artifacts";
  private static final String PATH = "/api/2.0/mlflow-artifacts/artifacts/";
  private static final int OK = 200;

  /** A connection slower than that counts as none. */
  private static final long LEAST_BYTES_A_SECOND = 256 << 10;

  private final String folder;
  private final Duration limit;
  private final Optional<String> authorisation;
  private final HttpClient http;

  private ArtifactStore(String folder, Duration limit, Optional<String> authorisation) {
    this.folder = folder;
    this.limit = limit;
    this.authorisation = authorisation;
    this.http =
        HttpClient.newBuilder()
            .version(Version.HTTP_1_1)
            .followRedirects(Redirect.NEVER)
            .connectTimeout(limit)
            .build();
  }

  /**
   * That of a run; empty if it lies behind another address than the server's.
   *
   * @param root where the server says that the run's artifacts go
   */
  static Optional<ArtifactStore> of(String root, MlflowServer server, Credentials credentials) {
    URI uri = URI.create(encoded(root));
    URI home = URI.create(server.address());
    boolean served =
        SCHEME.equals(uri.getScheme())
            && (uri.getRawAuthority() == null
                || uri.getRawAuthority().equals(home.getRawAuthority()));
    if (!served) {
      return Optional.empty();
    }
    String folder = server.address() + PATH + uri.getRawPath().replaceAll("^/+", "");
    return Optional.of(new ArtifactStore(folder, server.limit(), credentials.header()));
  }

  /** Puts a file there, in the place of the one of its name. */
  void put(SentFile file) throws UnsentException, IOException {
    Duration allowed = limit.plusSeconds(file.bytes() / LEAST_BYTES_A_SECOND);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(folder + "/" + escaped(file.name())))
            .timeout(allowed)
            .header("Content-Type", "application/octet-stream")
            .PUT(file.content().open());
    authorisation.ifPresent(value -> request.header("Authorization", value));
    try {
      HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
      if (response.statusCode() != OK) {
        throw MlflowServer.answered(response.statusCode(), response.body(), null);
      }
    } catch (HttpTimeoutException e) {
      throw MlflowServer.tooLong(allowed, e);
    } catch (IOException e) {
      throw MlflowServer.unreached(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnsentException(Remedy.LATER, "the process was told to end", e);
    }
  }

  private static String escaped(String path) {
    return Arrays.stream(path.split("/"))
        .map(part -> URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20"))
        .collect(Collectors.joining("/"));
  }

  private static String encoded(String uri) {
    return uri.replace(" ", "%20");
  }
}
