package dev.rankwise.jobs.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;

/**
 * A server that keeps what MLflow's would, as far as it is asked here, and breaks where a test says
 * so. It appends what it is sent, so that what is sent twice is there twice.
 */
public final class FakeMlflow implements AutoCloseable {
  private static final String API = "/api/2.0/mlflow/";
  private static final String FILES = "/api/2.0/mlflow-artifacts/artifacts/";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** A request. */
  public record Request(String path, JsonNode body, String authorisation) {}

  /** An answer in the place of the right one. */
  public record Answer(int status, String body) {}

  /** What becomes of a request before it is answered; null for the right answer. */
  @FunctionalInterface
  public interface Fault {
    Answer of(Request request) throws InterruptedException;
  }

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<String, String> experiments = new LinkedHashMap<>();
  private final Map<String, ObjectNode> runs = new LinkedHashMap<>();
  private final List<ObjectNode> versions = new ArrayList<>();
  private final Map<String, String> aliases = new LinkedHashMap<>();
  private final Map<String, byte[]> files = new LinkedHashMap<>();
  private final List<Request> requests = new ArrayList<>();
  private Fault fault = request -> null;
  private String artifacts = "mlflow-artifacts:/";

  /** Starts one on a free port of loopback. */
  public FakeMlflow() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::handle);
    server.setExecutor(threads);
    server.start();
  }

  /** Its address. */
  public String address() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** From now on requests meet this first. */
  public synchronized void breakBy(Fault next) {
    fault = next;
  }

  /** From now on runs keep their files there. */
  public synchronized void keepFilesAt(String root) {
    artifacts = root;
  }

  /** The runs. */
  public synchronized List<JsonNode> runs() {
    return List.copyOf(runs.values());
  }

  /** The versions of all models. */
  public synchronized List<JsonNode> versions() {
    return List.copyOf(versions);
  }

  /** Numbers of versions by alias. */
  public synchronized Map<String, String> aliases() {
    return Map.copyOf(aliases);
  }

  /** Files by their path below the server's artifacts. */
  public synchronized Map<String, byte[]> files() {
    return Map.copyOf(files);
  }

  /** What it was asked. */
  public synchronized List<Request> requests(Predicate<Request> wanted) {
    return requests.stream().filter(wanted).toList();
  }

  /** Requests of a kind, by the end of their path. */
  public List<Request> requests(String end) {
    return requests(request -> request.path().endsWith(end));
  }

  private void handle(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    String path = exchange.getRequestURI().getRawPath();
    boolean json = path.startsWith(API) && body.length > 0;
    Request request =
        new Request(
            path,
            json ? JSON.readTree(body) : JSON.createObjectNode(),
            exchange.getRequestHeaders().getFirst("Authorization"));
    Fault met;
    synchronized (this) {
      requests.add(request);
      met = fault;
    }
    Answer answer;
    try {
      answer = met.of(request);
    } catch (InterruptedException e) {
      exchange.close();
      return;
    }
    if (answer == null) {
      synchronized (this) {
        answer = path.startsWith(FILES) ? kept(path, body) : answer(request, query(exchange));
      }
    }
    byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(answer.status(), bytes.length == 0 ? -1 : bytes.length);
    if (bytes.length > 0) {
      exchange.getResponseBody().write(bytes);
    }
    exchange.close();
  }

  private Answer kept(String path, byte[] body) {
    files.put(path.substring(FILES.length()), body);
    return new Answer(200, "{}");
  }

  private Answer answer(Request request, Map<String, String> query) {
    JsonNode body = request.body();
    return switch (request.path().substring(API.length())) {
      case "experiments/get-by-name" -> experiment(query.get("experiment_name"));
      case "experiments/create" -> {
        experiments.put(body.path("name").asText(), String.valueOf(experiments.size() + 1));
        yield said("experiment_id", experiments.get(body.path("name").asText()));
      }
      case "runs/search" -> search(body);
      case "runs/create" -> create(body);
      case "runs/get" -> new Answer(200, one("run", runs.get(query.get("run_id"))));
      case "runs/log-batch" -> log(body);
      case "runs/update" -> update(body);
      case "registered-models/create" -> made(body.path("name").asText());
      case "registered-models/get" -> model(query.get("name"));
      case "registered-models/alias" -> {
        aliases.put(body.path("alias").asText(), body.path("version").asText());
        yield new Answer(200, "{}");
      }
      case "model-versions/search" -> new Answer(200, many("model_versions", versions));
      case "model-versions/create" -> version(body);
      default -> missing(request.path());
    };
  }

  private Answer experiment(String name) {
    String id = experiments.get(name);
    if (id == null) {
      return missing("experiment");
    }
    ObjectNode experiment = JSON.createObjectNode();
    experiment.put("experiment_id", id).put("name", name).put("lifecycle_stage", "active");
    return new Answer(200, one("experiment", experiment));
  }

  private Answer search(JsonNode body) {
    String filter = body.path("filter").asText();
    List<ObjectNode> found = new ArrayList<>();
    for (ObjectNode run : runs.values()) {
      for (JsonNode tag : run.path("data").path("tags")) {
        String asked =
            "tags.`%s` = '%s'".formatted(tag.path("key").asText(), tag.path("value").asText());
        if (asked.equals(filter)) {
          found.add(run);
        }
      }
    }
    return new Answer(200, many("runs", found));
  }

  private Answer create(JsonNode body) {
    String id = "run" + (runs.size() + 1);
    ObjectNode run = JSON.createObjectNode();
    ObjectNode info = run.putObject("info");
    info.put("run_id", id).put("run_uuid", id).put("status", "RUNNING");
    info.put("experiment_id", body.path("experiment_id").asText());
    info.put("run_name", body.path("run_name").asText());
    info.put("start_time", body.path("start_time").asLong());
    info.put("artifact_uri", artifacts + "1/" + id + "/artifacts");
    ObjectNode data = run.putObject("data");
    data.putArray("metrics");
    data.putArray("params");
    data.putArray("tags").addAll((ArrayNode) body.path("tags"));
    runs.put(id, run);
    return new Answer(200, one("run", run));
  }

  private Answer log(JsonNode body) {
    ObjectNode data = (ObjectNode) runs.get(body.path("run_id").asText()).path("data");
    for (String kind : List.of("metrics", "params", "tags")) {
      ArrayNode kept = (ArrayNode) data.path(kind);
      body.path(kind).forEach(kept::add);
    }
    return new Answer(200, "{}");
  }

  private Answer update(JsonNode body) {
    ObjectNode info = (ObjectNode) runs.get(body.path("run_id").asText()).path("info");
    info.put("status", body.path("status").asText());
    info.put("end_time", body.path("end_time").asLong());
    return new Answer(200, one("run_info", info));
  }

  private Answer made(String name) {
    boolean there = versions.stream().anyMatch(it -> it.path("name").asText().equals(name));
    return there
        ? new Answer(400, "{\"error_code\": \"RESOURCE_ALREADY_EXISTS\", \"message\": \"\"}")
        : new Answer(200, "{}");
  }

  private Answer model(String name) {
    if (versions.isEmpty()) {
      return missing("model");
    }
    ObjectNode model = JSON.createObjectNode();
    model.put("name", name);
    ArrayNode told = model.putArray("aliases");
    aliases.forEach((alias, on) -> told.addObject().put("alias", alias).put("version", on));
    return new Answer(200, one("registered_model", model));
  }

  private Answer version(JsonNode body) {
    ObjectNode version = body.deepCopy();
    version.put("version", String.valueOf(versions.size() + 1));
    versions.add(version);
    return new Answer(200, one("model_version", version));
  }

  private static Answer missing(String what) {
    return new Answer(
        404, "{\"error_code\": \"RESOURCE_DOES_NOT_EXIST\", \"message\": \"no " + what + "\"}");
  }

  private static Answer said(String name, String value) {
    return new Answer(200, JSON.createObjectNode().put(name, value).toString());
  }

  private static String one(String name, ObjectNode value) {
    return JSON.createObjectNode().set(name, value).toString();
  }

  private static String many(String name, List<ObjectNode> values) {
    ObjectNode answer = JSON.createObjectNode();
    answer.putArray(name).addAll(values);
    return answer.toString();
  }

  private static Map<String, String> query(HttpExchange exchange) {
    Map<String, String> query = new LinkedHashMap<>();
    String raw = exchange.getRequestURI().getRawQuery();
    for (String pair : raw == null ? new String[0] : raw.split("&")) {
      int equals = pair.indexOf('=');
      query.put(
          pair.substring(0, equals),
          URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
    }
    return query;
  }

  @Override
  public void close() {
    threads.shutdownNow();
    server.stop(0);
  }
}
