package dev.rankwise.models.remote;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.rankwise.models.format.Sha256;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A hub on this machine with one repository: large files by redirect from a store at another
 * address, small ones directly. It can be told to misbehave.
 */
public final class HubServer implements AutoCloseable {
  public static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
  public static final String REPOSITORY = "org/tiny";

  /** What was asked for. */
  public record Request(String server, String path, String range, String authorization) {}

  /** Answers one request in its own way. */
  @FunctionalInterface
  public interface Answer {
    void give(HttpExchange exchange) throws IOException;
  }

  public final Map<String, byte[]> files = new TreeMap<>();
  public final List<Request> requests = Collections.synchronizedList(new ArrayList<>());

  /** Replaces the listing where it is not empty. */
  public volatile String listing = "";

  /** Whether the listing says what files hold. */
  public volatile boolean hashes = true;

  private final Map<String, Deque<Answer>> oddAnswers = new ConcurrentHashMap<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpServer hub;
  private final HttpServer store;

  public HubServer() throws IOException {
    hub = start("hub");
    store = start("store");
  }

  private HttpServer start(String name) throws IOException {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    HttpServer server = HttpServer.create(address, 0);
    server.setExecutor(threads);
    server.createContext("/", exchange -> answer(name, exchange));
    server.start();
    return server;
  }

  public String endpoint() {
    return "http://127.0.0.1:" + hub.getAddress().getPort();
  }

  public String storeAddress() {
    return "http://127.0.0.1:" + store.getAddress().getPort();
  }

  /** Takes all files of a folder, or of a folder's text form. */
  public void add(Path folder) throws IOException {
    try (var paths = Files.list(folder)) {
      for (Path path : paths.toList()) {
        files.put(path.getFileName().toString(), Files.readAllBytes(path));
      }
    }
  }

  public void add(String name, String content) {
    files.put(name, content.getBytes(StandardCharsets.UTF_8));
  }

  /** The next requests whose path ends so are answered so, each by one. */
  public void next(String pathEnd, Answer... answers) {
    oddAnswers.computeIfAbsent(pathEnd, unused -> new ArrayDeque<>()).addAll(List.of(answers));
  }

  /** How often a path that ends so was asked for. */
  public long asked(String pathEnd) {
    return List.copyOf(requests).stream().filter(it -> it.path().endsWith(pathEnd)).count();
  }

  /** An answer of that status, without a body. */
  public static Answer status(int status, String... headers) {
    return exchange -> {
      for (int i = 0; i < headers.length; i += 2) {
        exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
      }
      exchange.sendResponseHeaders(status, -1);
    };
  }

  /** An answer that announces a whole body and breaks off after a part of it. */
  public static Answer cut(byte[] body, int after) {
    return exchange -> {
      exchange.sendResponseHeaders(200, body.length);
      OutputStream out = exchange.getResponseBody();
      out.write(body, 0, after);
      out.flush();
      throw new IOException("cut on purpose");
    };
  }

  /** An answer of that body, its length announced or not (0). */
  public static Answer body(byte[] body, long announced) {
    return exchange -> {
      exchange.sendResponseHeaders(200, announced);
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(body);
      }
    };
  }

  public byte[] content(String name) {
    return files.get(name);
  }

  public static String sha256(byte[] content) {
    return Sha256.ofBytes(content);
  }

  private void answer(String server, HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getRawPath();
    requests.add(
        new Request(
            server,
            path,
            exchange.getRequestHeaders().getFirst("Range"),
            exchange.getRequestHeaders().getFirst("Authorization")));
    try (exchange) {
      Answer odd = odd(path);
      if (odd != null) {
        odd.give(exchange);
      } else if (server.equals("store")) {
        send(exchange, content(path.substring(path.lastIndexOf('/') + 1)), null);
      } else if (path.startsWith("/api/models/" + REPOSITORY + "/revision/")) {
        byte[] text = listing().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, text.length);
        exchange.getResponseBody().write(text);
      } else {
        file(exchange, path.substring(path.lastIndexOf('/') + 1));
      }
    }
  }

  private Answer odd(String path) {
    for (Map.Entry<String, Deque<Answer>> each : oddAnswers.entrySet()) {
      if (path.endsWith(each.getKey())) {
        synchronized (each.getValue()) {
          return each.getValue().poll();
        }
      }
    }
    return null;
  }

  private void file(HttpExchange exchange, String name) throws IOException {
    byte[] content = files.get(name);
    if (content == null) {
      exchange.sendResponseHeaders(404, -1);
    } else if (isLarge(name)) {
      exchange.getResponseHeaders().set("X-Linked-Etag", "\"" + sha256(content) + "\"");
      exchange.getResponseHeaders().set("Location", storeAddress() + "/signed/" + name);
      exchange.sendResponseHeaders(302, -1);
    } else {
      send(exchange, content, "\"" + git(content) + "\"");
    }
  }

  private static void send(HttpExchange exchange, byte[] content, String etag) throws IOException {
    if (etag != null) {
      exchange.getResponseHeaders().set("ETag", etag);
    }
    String range = exchange.getRequestHeaders().getFirst("Range");
    int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
    if (from > content.length) {
      exchange.sendResponseHeaders(416, -1);
      return;
    }
    if (range != null) {
      exchange
          .getResponseHeaders()
          .set(
              "Content-Range",
              "bytes %d-%d/%d".formatted(from, content.length - 1, content.length));
    }
    int length = content.length - from;
    exchange.sendResponseHeaders(range == null ? 200 : 206, length == 0 ? -1 : length);
    exchange.getResponseBody().write(content, from, length);
  }

  private String listing() {
    if (!listing.isEmpty()) {
      return listing;
    }
    List<String> siblings = new ArrayList<>();
    files.forEach(
        (name, content) -> {
          String known = "";
          if (hashes) {
            known =
                isLarge(name)
                    ? ", \"size\": %d, \"blobId\": \"%s\", \"lfs\": {\"sha256\": \"%s\", \"size\": %d}"
                        .formatted(content.length, "f".repeat(40), sha256(content), content.length)
                    : ", \"size\": %d, \"blobId\": \"%s\"".formatted(content.length, git(content));
          }
          siblings.add("{\"rfilename\": \"%s\"%s}".formatted(name, known));
        });
    return "{\"id\": \"%s\", \"sha\": \"%s\", \"siblings\": [%s]}"
        .formatted(REPOSITORY, COMMIT, String.join(",", siblings));
  }

  private static boolean isLarge(String name) {
    return name.endsWith(".safetensors") || name.endsWith(".bin");
  }

  static String git(byte[] content) {
    try {
      Path file = Files.createTempFile("blob", "");
      Files.write(file, content);
      String hash = BlobHash.git(file).hex();
      Files.delete(file);
      return hash;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    hub.stop(0);
    store.stop(0);
    threads.shutdownNow();
  }
}
