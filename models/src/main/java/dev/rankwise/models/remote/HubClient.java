package dev.rankwise.models.remote;

import dev.rankwise.models.failure.ClusterException;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * Asks the hub. Redirects are followed here and not by Java, so that the token goes to the hub's
 * own address and to no other.
 */
final class HubClient {
  private static final int REDIRECTS = 5;
  private static final int LARGEST_ANSWER = 64 << 20;
  private static final Set<Integer> REDIRECT = Set.of(301, 302, 303, 307, 308);
  private static final Set<Integer> AGAIN = Set.of(408, 425, 429, 500, 502, 503, 504);

  private final HubSettings settings;
  private final Pacing pacing;

  HubClient(HubSettings settings, Pacing pacing) {
    this.settings = settings;
    this.pacing = pacing;
  }

  /** Something that asks the hub and may fail on the way. */
  @FunctionalInterface
  interface Attempt<T> {
    T run() throws IOException;
  }

  /**
   * The files of a repository, with their sizes and hashes.
   *
   * @throws UserInputException if there is no such repository or revision, or it is not for this
   *     user
   * @throws ClusterException if the hub cannot be reached, after some tries
   * @throws CorruptFileException if the answer is not the hub's
   */
  RepositoryListing listing(HubName name) {
    String path =
        "/api/models/%s/revision/%s?blobs=true"
            .formatted(name.repository(), encoded(name.revision()));
    URI address = URI.create(settings.endpoint() + path);
    byte[] answer =
        patiently(
            name.toString(),
            () -> {
              try (HubAnswer got = get(name, address, 0)) {
                byte[] bytes = got.body().readNBytes(LARGEST_ANSWER + 1);
                if (bytes.length < Math.min(got.total().orElse(0), LARGEST_ANSWER)) {
                  throw new IOException("the answer was cut");
                }
                return bytes;
              }
            });
    if (answer.length > LARGEST_ANSWER) {
      throw new CorruptFileException(
          "Answer of %s has more than %s bytes; check that HF_ENDPOINT is a hub"
              .formatted(address, LARGEST_ANSWER));
    }
    return RepositoryListing.parse(answer, address.toString());
  }

  /**
   * Asks for a file from a byte on.
   *
   * @throws IOException if another try may help
   */
  HubAnswer file(HubName pinned, String file, long from) throws IOException {
    String path =
        "/%s/resolve/%s/%s"
            .formatted(pinned.repository(), encoded(pinned.revision()), encoded(file));
    return get(pinned, URI.create(settings.endpoint() + path), from);
  }

  /** Tries until an answer comes, with growing pauses, a bounded number of times. */
  <T> T patiently(String what, Attempt<T> attempt) {
    for (int tries = 1; ; tries++) {
      try {
        return attempt.run();
      } catch (IOException e) {
        rest(what, tries, e);
      }
    }
  }

  /**
   * Waits after a try that failed.
   *
   * @param failures how many failed in a row
   * @throws ClusterException if they were too many
   */
  void rest(String what, int failures, IOException failure) {
    if (failures > Pacing.RETRIES) {
      throw new ClusterException(
          ("Hub %s cannot be reached for %s: %s, %s times in a row; run again later, or set"
                  + " HF_HUB_OFFLINE=1 to use what is in the cache")
              .formatted(settings.shown(), what, reason(failure), failures),
          failure);
    }
    Duration asked =
        failure instanceof HubUnavailableException unavailable
            ? unavailable.asked()
            : Duration.ZERO;
    Duration wait = Pacing.before(failures, asked);
    FetchProgress.retrying(what, reason(failure), wait);
    try {
      pacing.sleeper().sleep(wait);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClusterException("Interrupted while %s was fetched".formatted(what), e);
    }
  }

  private HubAnswer get(HubName name, URI address, long from) throws IOException {
    URI next = address;
    Optional<BlobHash> hash = Optional.empty();
    for (int redirects = 0; redirects <= REDIRECTS; redirects++) {
      HttpURLConnection connection = connect(next, from);
      boolean kept = false;
      try {
        int status = connection.getResponseCode();
        if (settings.isOwn(next) && hash.isEmpty()) {
          hash = hash(connection);
        }
        if (!REDIRECT.contains(status)) {
          requireAnswer(name, next, status, connection);
          HubAnswer answer = HubAnswer.of(connection, hash);
          kept = true;
          return answer;
        }
        next = target(next, connection.getHeaderField("Location"));
      } finally {
        if (!kept) {
          connection.disconnect();
        }
      }
    }
    throw new UserInputException(
        "Hub %s sends from address to address without an end for %s; check HF_ENDPOINT"
            .formatted(settings.shown(), name));
  }

  private HttpURLConnection connect(URI address, long from) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
    connection.setInstanceFollowRedirects(false);
    connection.setUseCaches(false);
    connection.setConnectTimeout((int) pacing.connecting().toMillis());
    connection.setReadTimeout((int) pacing.reading().toMillis());
    connection.setRequestProperty("User-Agent", "rankwise");
    // A packed body would have other lengths and hashes than the file.
    connection.setRequestProperty("Accept-Encoding", "identity");
    if (from > 0) {
      connection.setRequestProperty("Range", "bytes=" + from + "-");
    }
    if (settings.token().isPresent() && settings.isOwn(address)) {
      connection.setRequestProperty("Authorization", "Bearer " + settings.token().get());
    }
    return connection;
  }

  /** Of a redirected file the hub says the hash before it sends elsewhere. */
  private static Optional<BlobHash> hash(HttpURLConnection connection) {
    return Optional.ofNullable(connection.getHeaderField("X-Linked-Etag"))
        .or(() -> Optional.ofNullable(connection.getHeaderField("ETag")))
        .flatMap(BlobHash::ofEtag);
  }

  private URI target(URI from, String location) throws IOException {
    if (location == null) {
      throw new IOException("a redirect without an address");
    }
    URI target;
    try {
      target = from.resolve(URI.create(location));
    } catch (IllegalArgumentException e) {
      throw new IOException("a redirect to no address", e);
    }
    boolean web = Set.of("http", "https").contains(String.valueOf(target.getScheme()));
    boolean unsafe = from.getScheme().equals("https") && "http".equals(target.getScheme());
    if (!web || unsafe || target.getHost() == null) {
      throw new UserInputException(
          ("Hub %s redirects to an address that is not used: only http:// and https:// are followed,"
                  + " and no way leads from https:// to http://; check HF_ENDPOINT")
              .formatted(settings.shown()));
    }
    return target;
  }

  private void requireAnswer(HubName name, URI address, int status, HttpURLConnection connection)
      throws IOException {
    boolean whole = status == HttpURLConnection.HTTP_OK;
    if (whole || status == HttpURLConnection.HTTP_PARTIAL || status == 416) {
      return;
    }
    if (AGAIN.contains(status)) {
      throw new HubUnavailableException(status, retryAfter(connection));
    }
    if (status < 0) {
      throw new IOException("an answer that is not HTTP");
    }
    if (!settings.isOwn(address)) {
      // The signed address of a store has run out, or the store refuses; the hub gives a new one.
      throw new IOException("HTTP %s from %s".formatted(status, address.getHost()));
    }
    throw switch (status) {
      case 401, 403 ->
          new UserInputException(
              ("Hub %s refuses %s (HTTP %s): it does not exist, or it is private or gated and %s;"
                      + " check the name, and set HF_TOKEN to a token that may read it")
                  .formatted(
                      settings.shown(),
                      name,
                      status,
                      settings.token().isPresent()
                          ? "the HF_TOKEN that is set may not read it"
                          : "no HF_TOKEN is set"));
      case 404 ->
          new UserInputException(
              ("Hub %s has no %s (HTTP 404): there is no such repository, or no such revision or"
                      + " file in it; check name and revision")
                  .formatted(settings.shown(), name));
      default ->
          new UserInputException(
              "Hub %s answers HTTP %s for %s; check HF_ENDPOINT and the name"
                  .formatted(settings.shown(), status, name));
    };
  }

  private static Duration retryAfter(HttpURLConnection connection) {
    String seconds = String.valueOf(connection.getHeaderField("Retry-After"));
    return seconds.matches("\\d{1,6}")
        ? Duration.ofSeconds(Long.parseLong(seconds))
        : Duration.ZERO;
  }

  private static String reason(IOException failure) {
    String message = failure.getMessage();
    if (failure instanceof UnknownHostException) {
      return "unknown host " + message;
    }
    return message == null ? failure.getClass().getSimpleName() : message;
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
