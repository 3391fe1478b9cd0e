package dev.rankwise.models.remote;

import static dev.rankwise.models.remote.HubServer.COMMIT;
import static dev.rankwise.models.remote.HubServer.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.ClusterException;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.RankwiseException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.remote.HubServer.Request;
import dev.rankwise.models.remote.HubSettings.Network;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestHub {
  private static final HubName NAME = HubName.of("hf:org/tiny");
  private static final HubName PINNED = NAME.at(COMMIT);
  private static final String WEIGHTS = "model.safetensors";
  private static final String TOKEN = "hf_secretsecret";

  @TempDir Path root;
  private HubServer server;
  private byte[] weights;
  private final List<Duration> slept = new ArrayList<>();

  @BeforeEach
  void startAHub() throws IOException {
    server = new HubServer();
    weights = new byte[3 << 20];
    new Random(7).nextBytes(weights);
    server.files.put(WEIGHTS, weights);
    server.add("config.json", "{}");
  }

  @AfterEach
  void stopTheHub() {
    server.close();
  }

  /** Fetches in a process of its own. */
  static final class Fetcher {
    private Fetcher() {}

    public static void main(String[] arguments) {
      new Hub(
              new HubSettings(
                  URI.create(arguments[0]),
                  Optional.empty(),
                  Path.of(arguments[1]),
                  Network.ONLINE),
              Pacing.ofThisSystem())
          .fetch(NAME, TestHub::all);
    }
  }

  @Test
  void filesLieAsTheHubsOwnToolsLayThemOut() throws IOException {
    Path snapshot = hub().fetch(NAME, TestHub::all);
    Path repository = root.resolve("models--org--tiny");
    assertThat(snapshot).isEqualTo(repository.resolve("snapshots").resolve(COMMIT));
    assertThat(repository.resolve("refs/main")).hasContent(COMMIT);
    assertThat(snapshot.resolve(WEIGHTS)).hasBinaryContent(weights);
    assertThat(Files.readSymbolicLink(snapshot.resolve(WEIGHTS)))
        .isEqualTo(Path.of("../../blobs", HubServer.sha256(weights)));
    // The name that Git gives to the two bytes "{}".
    assertThat(Files.readSymbolicLink(snapshot.resolve("config.json")))
        .isEqualTo(Path.of("../../blobs/9e26dfeeb6e641a33dae4961196235bdb965b21b"));
    assertThat(names(repository.resolve("blobs"))).hasSize(2);
  }

  @Test
  void whatIsThereIsNotFetchedAgain() {
    Path snapshot = hub().fetch(NAME, TestHub::all);
    server.requests.clear();
    assertThat(hub().fetch(NAME, TestHub::all)).isEqualTo(snapshot);
    assertThat(server.requests)
        .singleElement()
        .extracting(Request::path)
        .asString()
        .contains("api");
    server.requests.clear();
    assertThat(hub().cached(NAME)).isEmpty();
    assertThat(hub().cached(PINNED)).contains(snapshot);
    assertThat(offline().cached(NAME)).contains(snapshot);
    assertThat(server.requests).isEmpty();
  }

  @Test
  void whatAnotherToolHasFetchedIsFound() throws IOException {
    Path repository = root.resolve("models--org--tiny");
    Path blob = repository.resolve("blobs").resolve(HubServer.sha256(weights));
    Files.createDirectories(blob.getParent());
    Files.write(blob, weights);
    hub().fetch(NAME, TestHub::all);
    assertThat(server.asked(WEIGHTS)).isZero();
  }

  @Test
  void aFileOfAnotherLengthIsFetchedAgain() throws IOException {
    Path snapshot = hub().fetch(NAME, TestHub::all);
    Path blob = snapshot.resolve(WEIGHTS).toRealPath();
    Files.write(blob, new byte[3]);
    hub().fetch(NAME, TestHub::all);
    assertThat(snapshot.resolve(WEIGHTS)).hasBinaryContent(weights);
  }

  @Test
  void theTokenGoesToTheHubAlone() {
    hub().fetch(NAME, TestHub::all);
    assertThat(server.requests)
        .filteredOn(it -> it.server().equals("hub"))
        .hasSize(3)
        .allMatch(it -> ("Bearer " + TOKEN).equals(it.authorization()));
    assertThat(server.requests)
        .filteredOn(it -> it.server().equals("store"))
        .hasSize(1)
        .allMatch(it -> it.authorization() == null);
    assertThat(settings(Network.ONLINE).toString()).doesNotContain(TOKEN);
  }

  @Test
  void theTokenGoesToNoOtherNameOfTheSameMachine() {
    String other = server.endpoint().replace("127.0.0.1", "localhost");
    server.next(
        "resolve/" + COMMIT + "/config.json",
        status(307, "Location", other + "/moved/config.json"));
    hub().fetch(NAME, TestHub::all);
    assertThat(server.requests)
        .filteredOn(it -> it.path().startsWith("/moved"))
        .singleElement()
        .matches(it -> it.authorization() == null);
  }

  @Test
  void aRenamedRepositoryIsFollowedWithTheToken() {
    server.next(
        "/revision/main",
        status(307, "Location", "/api/models/org/tiny/revision/renamed?blobs=true"));
    hub().fetch(NAME, TestHub::all);
    assertThat(server.requests)
        .filteredOn(it -> it.path().endsWith("renamed"))
        .singleElement()
        .matches(it -> it.authorization() != null);
  }

  @Test
  void aCutTransferGoesOnWhereItWasCut() {
    server.next("/signed/" + WEIGHTS, HubServer.cut(weights, 2 << 20));
    Path snapshot = hub().fetch(NAME, TestHub::all);
    assertThat(snapshot.resolve(WEIGHTS)).hasBinaryContent(weights);
    assertThat(server.requests)
        .filteredOn(it -> it.path().equals("/signed/" + WEIGHTS))
        .extracting(Request::range)
        .containsExactly(null, "bytes=" + (2 << 20) + "-");
    assertThat(slept).containsExactly(Duration.ofSeconds(1));
  }

  @Test
  void aLaterRunGoesOnWhereAnEarlierOneWasCut() throws IOException {
    HubServer.Answer cut = HubServer.cut(weights, 1 << 18);
    HubServer.Answer gone = status(503);
    server.next("/signed/" + WEIGHTS, cut, gone, gone, gone, gone, gone);
    assertThatThrownBy(() -> hub().fetch(NAME, TestHub::all)).isInstanceOf(ClusterException.class);
    server.requests.clear();
    Path snapshot = hub().fetch(NAME, TestHub::all);
    assertThat(snapshot.resolve(WEIGHTS)).hasBinaryContent(weights);
    assertThat(server.requests.get(server.requests.size() - 1).range())
        .isEqualTo("bytes=" + (1 << 18) + "-");
    assertThat(names(root.resolve("models--org--tiny/blobs"))).hasSize(2);
  }

  @Test
  void aServerThatKnowsNoRangesSendsAllAgain() {
    server.next(
        "/signed/" + WEIGHTS,
        HubServer.cut(weights, 1 << 20),
        HubServer.body(weights, weights.length));
    assertThat(hub().fetch(NAME, TestHub::all).resolve(WEIGHTS)).hasBinaryContent(weights);
  }

  @Test
  void whatAnEarlierRunLeftDamagedIsFetchedOnceMore() throws IOException {
    Path blobs = Files.createDirectories(root.resolve("models--org--tiny/blobs"));
    String partial = HubServer.sha256(weights) + ".rankwise-incomplete";
    Files.write(blobs.resolve(partial), new byte[1000]);
    assertThat(hub().fetch(NAME, TestHub::all).resolve(WEIGHTS)).hasBinaryContent(weights);
    Files.write(blobs.resolve(partial), new byte[weights.length + 1]);
    Files.delete(blobs.resolve(HubServer.sha256(weights)));
    assertThat(hub().fetch(NAME, TestHub::all).resolve(WEIGHTS)).hasBinaryContent(weights);
  }

  @Test
  void whatComesAgainAndAgainIsNoProgress() {
    List<HubServer.Answer> answers = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      answers.add(HubServer.cut(weights, 2 << 20));
      answers.add(HubServer.status(416));
    }
    server.next("/signed/" + WEIGHTS, answers.toArray(HubServer.Answer[]::new));

    assertThatThrownBy(() -> hub().fetch(NAME, TestHub::all)).isInstanceOf(ClusterException.class);

    assertThat(server.asked("/signed/" + WEIGHTS)).isBetween(2L, 10L);
  }

  @Test
  void anotherPartThanWasAskedForIsNotTaken() {
    server.next(
        "/signed/" + WEIGHTS,
        HubServer.cut(weights, 1 << 20),
        status(206, "Content-Range", "bytes 5-9/" + weights.length),
        HubServer.cut(weights, 1 << 20),
        status(206),
        status(206, "Content-Range", "bytes 7-9/*"));
    assertThat(hub().fetch(NAME, TestHub::all).resolve(WEIGHTS)).hasBinaryContent(weights);
  }

  @Test
  void aServerThatFallsSilentIsAskedAgain() {
    server.next(
        "/signed/" + WEIGHTS,
        exchange -> {
          exchange.sendResponseHeaders(200, weights.length);
          exchange.getResponseBody().write(weights, 0, 1000);
          exchange.getResponseBody().flush();
          sleep(3000);
        });
    assertThat(impatient().fetch(NAME, TestHub::all).resolve(WEIGHTS)).hasBinaryContent(weights);
    assertThat(slept).isNotEmpty();
  }

  @Test
  void anotherLengthThanListedIsRefused() {
    server.next("/signed/" + WEIGHTS, HubServer.body(new byte[10], 10));
    refused(
        CorruptFileException.class, "has length 3145728 in the hub's list, but 10 in its answer");
  }

  @Test
  void aBodyThatGoesOnIsRefused() {
    server.next("/signed/" + WEIGHTS, HubServer.body(new byte[weights.length + 1], 0));
    refused(CorruptFileException.class, "goes on after the 3145728 bytes that the hub says");
  }

  @Test
  void otherContentIsRefusedAndNotKept() throws IOException {
    server.next("/signed/" + WEIGHTS, HubServer.body(new byte[weights.length], weights.length));
    refused(CorruptFileException.class, "but the hub says " + HubServer.sha256(weights));
    assertThat(names(root.resolve("models--org--tiny/blobs"))).hasSize(1);
    server.next("config.json", HubServer.body(new byte[2], 2));
    Path again = root.resolve("again");
    assertThatThrownBy(() -> hub(again, Network.ONLINE).fetch(NAME, TestHub::all))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("File config.json of hf:org/tiny@" + COMMIT + " has Git hash ");
  }

  @Test
  void anotherHashThanListedIsRefused() {
    server.next(
        "resolve/" + COMMIT + "/" + WEIGHTS,
        status(302, "X-Linked-Etag", "\"" + "a".repeat(64) + "\"", "Location", "/x"));
    server.next("/x", HubServer.body(weights, weights.length));
    refused(CorruptFileException.class, "in the hub's list, but " + "a".repeat(64));
  }

  @Test
  void aListWithoutHashesIsHeldToWhatTheAnswersSay() throws IOException {
    server.hashes = false;
    Path snapshot = hub().fetch(NAME, TestHub::all);
    assertThat(Files.readSymbolicLink(snapshot.resolve(WEIGHTS)))
        .hasFileName(HubServer.sha256(weights));
    server.add("tokenizer.json", "words");
    server.next("tokenizer.json", HubServer.body("words".getBytes(StandardCharsets.UTF_8), 0));
    hub().fetch(NAME, TestHub::all);
    assertThat(snapshot.resolve("tokenizer.json")).hasContent("words");
    server.add("other.json", "words");
    server.next("other.json", HubServer.body("swords".getBytes(StandardCharsets.UTF_8), 0));
    hub().fetch(NAME, TestHub::all);
    assertThat(Files.readSymbolicLink(snapshot.resolve("other.json")))
        .hasFileName(HubServer.git("swords".getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void anEmptyFileIsAFile() {
    server.add("empty.json", "");
    assertThat(hub().fetch(NAME, TestHub::all).resolve("empty.json")).isEmptyFile();
  }

  @Test
  void offlineNothingIsAsked() {
    assertThat(offline().isOffline()).isTrue();
    assertThat(offline().cached(NAME)).isEmpty();
    assertThatThrownBy(() -> offline().fetch(NAME, TestHub::all))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Base hf:org/tiny@main is not whole in the cache %s, and HF_HUB_OFFLINE forbids to fetch"
                + " it; run once without HF_HUB_OFFLINE, or copy the cache of a host that has it",
            root);
    assertThat(server.requests).isEmpty();
  }

  @Test
  void aDamagedReferenceIsNone() throws IOException {
    hub().fetch(NAME, TestHub::all);
    Path ref = root.resolve("models--org--tiny/refs/main");
    for (String text : List.of("../../x", "", "a".repeat(1000))) {
      Files.writeString(ref, text);
      assertThat(offline().cached(NAME)).isEmpty();
    }
  }

  @Test
  void threadsThatAskAtOnceFetchOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    List<Future<Path>> fetched = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      fetched.add(threads.submit(() -> hub().fetch(NAME, TestHub::all)));
    }
    for (Future<Path> each : fetched) {
      assertThat(each.get().resolve(WEIGHTS)).hasBinaryContent(weights);
    }
    threads.shutdown();
    assertThat(server.asked("/signed/" + WEIGHTS)).isEqualTo(1);
  }

  @Test
  void processesThatAskAtOnceFetchOnce() throws Exception {
    List<Process> fetchers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      fetchers.add(
          new ProcessBuilder(
                  System.getProperty("java.home") + File.separator + "bin/java",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Fetcher.class.getName(),
                  server.endpoint(),
                  root.toString())
              .redirectErrorStream(true)
              .start());
    }
    for (Process fetcher : fetchers) {
      String output = new String(fetcher.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(fetcher.waitFor()).as(output).isZero();
    }
    assertThat(server.asked("/signed/" + WEIGHTS)).isEqualTo(1);
    assertThat(server.asked("resolve/" + COMMIT + "/config.json")).isEqualTo(1);
  }

  @Test
  void aThreadThatIsStoppedStops() {
    server.next("/revision/main", status(503));
    Pacing stopped =
        new Pacing(
            Clock.systemUTC(),
            time -> {
              throw new InterruptedException();
            },
            Duration.ofSeconds(5),
            Duration.ofSeconds(20));
    assertThatThrownBy(() -> new Hub(settings(Network.ONLINE), stopped).fetch(NAME, TestHub::all))
        .isInstanceOf(ClusterException.class)
        .hasMessage("Interrupted while hf:org/tiny@main was fetched");
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void aCacheThatCannotBeWrittenIsTold() throws IOException {
    Path file = Files.writeString(root.resolve("file"), "");
    assertThatThrownBy(() -> hub(file, Network.ONLINE).fetch(NAME, TestHub::all))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("Cannot write " + file);
  }

  private static void all(RemoteFolder folder) {
    folder.names().forEach(folder::fetch);
  }

  private void refused(Class<? extends RankwiseException> kind, String message) {
    assertThatThrownBy(() -> hub().fetch(NAME, TestHub::all))
        .isInstanceOf(kind)
        .hasMessageContaining(message)
        .message()
        .doesNotContain(TOKEN);
  }

  private Hub hub() {
    return hub(root, Network.ONLINE);
  }

  private Hub offline() {
    return hub(root, Network.OFFLINE);
  }

  private Hub hub(Path cache, Network network) {
    HubSettings settings = settings(network);
    return new Hub(
        new HubSettings(settings.endpoint(), settings.token(), cache, network), pacing());
  }

  private Hub impatient() {
    Duration reading = Duration.ofMillis(300);
    return new Hub(
        settings(Network.ONLINE),
        new Pacing(Clock.systemUTC(), slept::add, Duration.ofSeconds(5), reading));
  }

  private HubSettings settings(Network network) {
    return new HubSettings(URI.create(server.endpoint()), Optional.of(TOKEN), root, network);
  }

  private Pacing pacing() {
    return new Pacing(Clock.systemUTC(), slept::add, Duration.ofSeconds(5), Duration.ofSeconds(20));
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static List<String> names(Path folder) throws IOException {
    try (var paths = Files.list(folder)) {
      return paths.map(it -> it.getFileName().toString()).sorted().toList();
    }
  }
}
