package dev.rankwise.models.remote;

import static dev.rankwise.models.remote.HubServer.COMMIT;
import static dev.rankwise.models.remote.HubServer.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.ClusterException;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.FailureCode;
import dev.rankwise.models.failure.RankwiseException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.remote.HubSettings.Network;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a hub may answer instead of a file, and what becomes of it. */
class TestHubAnswers {
  private static final HubName NAME = HubName.of("hf:org/tiny");
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

  @ParameterizedTest
  @CsvSource({"401, may not read it", "403, may not read it", "404, there is no such repository"})
  void whatIsNotForThisUserIsToldAndNotTriedAgain(int status, String why) {
    server.next("/revision/main", status(status));
    refused(UserInputException.class, "(HTTP " + status + "): ");
    server.next("/revision/main", status(status));
    refused(UserInputException.class, why);
    assertThat(slept).isEmpty();
    assertThat(server.asked("/revision/main")).isEqualTo(2);
  }

  @Test
  void withoutATokenThatIsSaid() {
    server.next("/revision/main", status(401));
    HubSettings bare =
        new HubSettings(URI.create(server.endpoint()), Optional.empty(), root, Network.ONLINE);
    assertThatThrownBy(() -> new Hub(bare, pacing()).fetch(NAME, TestHubAnswers::all))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Hub %s refuses hf:org/tiny@main (HTTP 401): it does not exist, or it is private or gated"
                + " and no HF_TOKEN is set; check the name, and set HF_TOKEN to a token that may read"
                + " it",
            server.endpoint());
  }

  @Test
  void aMissingFileIsTold() {
    server.next("resolve/" + COMMIT + "/config.json", status(404));
    refused(UserInputException.class, "has no hf:org/tiny@" + COMMIT + " (HTTP 404)");
  }

  @Test
  void anAnswerThatMeansNothingIsTold() {
    server.next("/revision/main", status(418));
    refused(UserInputException.class, "answers HTTP 418 for hf:org/tiny@main; check HF_ENDPOINT");
  }

  @Test
  void anUnavailableHubIsAskedAgainWithGrowingPauses() {
    server.next("/revision/main", status(503), status(503), status(429, "Retry-After", "7"));
    hub().fetch(NAME, TestHubAnswers::all);
    assertThat(slept)
        .containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(7));
  }

  @Test
  void anUnavailableHubIsGivenUpInTheEnd() {
    HubServer.Answer busy = status(503, "Retry-After", "3600");
    server.next("/revision/main", busy, busy, busy, busy, busy, busy);
    assertThatThrownBy(() -> hub().fetch(NAME, TestHubAnswers::all))
        .isInstanceOfSatisfying(
            ClusterException.class, e -> assertThat(e.code()).isEqualTo(FailureCode.CLUSTER_UNABLE))
        .hasMessageContaining(
            "cannot be reached for hf:org/tiny@main: HTTP 503, 6 times in a row; run again later");
    assertThat(slept).hasSize(5).allMatch(Duration.ofSeconds(60)::equals);
  }

  @Test
  void pausesDoubleUpToAMinute() {
    assertThat(Pacing.before(1, Duration.ZERO)).isEqualTo(Duration.ofSeconds(1));
    assertThat(Pacing.before(5, Duration.ofSeconds(3))).isEqualTo(Duration.ofSeconds(16));
    assertThat(Pacing.before(20, Duration.ZERO)).isEqualTo(Duration.ofSeconds(60));
  }

  @Test
  void aHubThatIsNotThereIsTold() {
    server.close();
    refused(ClusterException.class, "Connection refused, 6 times in a row");
  }

  @Test
  void aStoreThatRefusesSendsBackToTheHub() {
    server.next("/signed/" + WEIGHTS, status(403), status(404));
    assertThat(hub().fetch(NAME, TestHubAnswers::all).resolve(WEIGHTS)).hasBinaryContent(weights);
    assertThat(server.asked("resolve/" + COMMIT + "/" + WEIGHTS)).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"file:///etc/passwd", "ftp://127.0.0.1/x", "http:///x", "mailto:x"})
  void aRedirectToAnythingElseIsRefused(String target) {
    server.next("/revision/main", status(302, "Location", target));
    refused(UserInputException.class, "redirects to an address that is not used");
  }

  @Test
  void aRedirectToNowhereIsAFailedTry() {
    server.next("/revision/main", status(302), status(302, "Location", "ht tp"));
    hub().fetch(NAME, TestHubAnswers::all);
    assertThat(slept).hasSize(2);
  }

  @Test
  void redirectsEnd() {
    HubServer.Answer loop = status(302, "Location", "/api/models/org/tiny/revision/main");
    server.next("/revision/main", loop, loop, loop, loop, loop, loop);
    refused(UserInputException.class, "sends from address to address without an end");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<html>",
        "[]",
        "{}",
        "{\"sha\": \"main\", \"siblings\": []}",
        "{\"sha\": \"../../../../../../../../../../../../etc/\", \"siblings\": []}",
        "{\"sha\": \"" + COMMIT + "\"}"
      })
  void anotherServersAnswerIsRefused(String answer) {
    server.listing = answer;
    refused(CorruptFileException.class, server.endpoint() + "/api/models/org/tiny/revision/main");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../outside.json", "/etc/outside.json", "a/../../b.json", "a\\\\b.json"})
  void aNameMayNotLeaveTheFolder(String name) {
    server.listing =
        "{\"sha\": \"%s\", \"siblings\": [{\"rfilename\": \"%s\"}]}".formatted(COMMIT, name);
    refused(UserInputException.class, "may not be used in folder " + root);
    assertThat(server.requests).hasSize(1);
  }

  private static void all(RemoteFolder folder) {
    folder.names().forEach(folder::fetch);
  }

  private void refused(Class<? extends RankwiseException> kind, String message) {
    assertThatThrownBy(() -> hub().fetch(NAME, TestHubAnswers::all))
        .isInstanceOf(kind)
        .hasMessageContaining(message)
        .message()
        .doesNotContain(TOKEN);
  }

  private Hub hub() {
    return new Hub(
        new HubSettings(URI.create(server.endpoint()), Optional.of(TOKEN), root, Network.ONLINE),
        pacing());
  }

  private Pacing pacing() {
    return new Pacing(Clock.systemUTC(), slept::add, Duration.ofSeconds(5), Duration.ofSeconds(20));
  }
}
