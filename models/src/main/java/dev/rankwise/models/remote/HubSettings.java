package dev.rankwise.models.remote;

import dev.rankwise.models.failure.UserInputException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Where the hub is and where its files are kept, as the hub's own tools are told it.
 *
 * @param endpoint {@code HF_ENDPOINT}: scheme and host, perhaps a path, without a slash at the end
 * @param token {@code HF_TOKEN}; never shown
 * @param cache {@code HF_HUB_CACHE}, else {@code hub} in {@code HF_HOME}, else {@code
 *     huggingface/hub} in {@code XDG_CACHE_HOME} or in {@code .cache} of the home
 * @param network whether the hub may be asked: not with {@code HF_HUB_OFFLINE=1}
 */
public record HubSettings(URI endpoint, Optional<String> token, Path cache, Network network) {
  private static final String DEFAULT_ENDPOINT = "https://huggingface.co";
  private static final Set<String> TRUE = Set.of("1", "on", "yes", "true");
  private static final Pattern VISIBLE = Pattern.compile("[\\x21-\\x7e]+");

  /** Whether the hub may be asked. */
  public enum Network {
    ONLINE,
    OFFLINE
  }

  /**
   * The settings of this process: variables of the environment, or Java's properties of the same
   * names.
   *
   * @param isWritable whether a folder can be written
   * @param fallback the cache where nothing is named and the home cannot be written
   * @throws UserInputException if a variable has an impossible value
   */
  public static HubSettings of(
      Map<String, String> environment,
      Properties properties,
      Predicate<Path> isWritable,
      Path fallback) {
    Named named = new Named(environment, properties);
    Network network =
        TRUE.contains(named.value("HF_HUB_OFFLINE").orElse("").toLowerCase(Locale.ROOT))
            ? Network.OFFLINE
            : Network.ONLINE;
    Path home = Path.of(properties.getProperty("user.home", "?"), ".cache/huggingface/hub");
    Path cache =
        named
            .path("HF_HUB_CACHE")
            .or(() -> named.path("HF_HOME").map(it -> it.resolve("hub")))
            .or(() -> named.path("XDG_CACHE_HOME").map(it -> it.resolve("huggingface/hub")))
            .orElseGet(
                () ->
                    home.isAbsolute() && (Files.isDirectory(home) || isWritable.test(home))
                        ? home
                        : fallback);
    return new HubSettings(
        endpoint(named.value("HF_ENDPOINT").orElse(DEFAULT_ENDPOINT)),
        named.value("HF_TOKEN").map(HubSettings::visible),
        cache.toAbsolutePath(),
        network);
  }

  /** The hub as messages name it. */
  String shown() {
    return endpoint.toString();
  }

  /** Whether an address is the hub's own, so that the token may go there. */
  boolean isOwn(URI address) {
    return address.getScheme().equals(endpoint.getScheme())
        && address.getHost().equalsIgnoreCase(endpoint.getHost())
        && port(address) == port(endpoint);
  }

  /** Without the token. */
  @Override
  public String toString() {
    return "%s, cache %s, %s, %s"
        .formatted(
            endpoint, cache, network, token.isPresent() ? "with a token" : "without a token");
  }

  private static int port(URI address) {
    return address.getPort() >= 0
        ? address.getPort()
        : address.getScheme().equals("https") ? 443 : 80;
  }

  private static URI endpoint(String text) {
    try {
      URI uri = new URI(text.replaceAll("/+$", ""));
      if (Set.of("http", "https").contains(String.valueOf(uri.getScheme()))
          && uri.getHost() != null
          && uri.getUserInfo() == null
          && uri.getQuery() == null
          && uri.getFragment() == null) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // Told below; the exception would show a password that stands in the address.
    }
    throw new UserInputException(
        "HF_ENDPOINT is no address of a hub: it must be http:// or https:// with a host, without"
            + " user, query or fragment; mend or unset it");
  }

  /** A header with a line end in it would be another header. */
  private static String visible(String token) {
    if (!VISIBLE.matcher(token).matches()) {
      throw new UserInputException(
          "HF_TOKEN holds a character that no token has; copy it again, without spaces and line"
              + " ends");
    }
    return token;
  }

  /** Values by name; empty ones are as good as none. */
  private record Named(Map<String, String> environment, Properties properties) {
    Optional<String> value(String name) {
      String value = environment.getOrDefault(name, properties.getProperty(name, "")).strip();
      return value.isEmpty() ? Optional.empty() : Optional.of(value);
    }

    Optional<Path> path(String name) {
      return value(name).map(Path::of);
    }
  }
}
