package dev.rankwise.models.source;

import static dev.rankwise.models.remote.HubServer.COMMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.remote.Hub;
import dev.rankwise.models.remote.HubServer;
import dev.rankwise.models.remote.HubSettings;
import dev.rankwise.models.remote.HubSettings.Network;
import dev.rankwise.models.remote.Pacing;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestHubBases {
  private static final String NAME = "hf:org/tiny";
  private static final String PINNED = NAME + "@" + COMMIT;
  private static final String INDEX = "model.safetensors.index.json";

  @TempDir Path root;
  private HubServer server;

  @BeforeEach
  void startAHub() throws IOException {
    server = new HubServer();
    server.add("config.json", "config");
    server.add("model.safetensors", "weights");
    server.add("tokenizer.json", "tokenizer");
    server.add("tokenizer_config.json", "{}");
    server.add("README.md", "words");
    server.add("pytorch_model.bin", "code");
  }

  @AfterEach
  void stopTheHub() {
    server.close();
  }

  @Test
  void aBaseIsUsedWhereTheHubsCacheHasIt() throws IOException {
    BaseDirectory base = online().resolve(NAME);
    assertThat(base.directory()).isEqualTo(snapshot());
    assertThat(base.weights()).hasContent("weights");
    assertThat(base.tokenizer()).hasContent("tokenizer");
    Path same = Files.createDirectory(root.resolve("same"));
    TestCacheEntry.write(same);
    assertThat(base.sha256()).isEqualTo(FileHashes.of(same).sha256());
  }

  @Test
  void nothingElseOfTheRepositoryIsFetched() {
    online().resolve(NAME);
    assertThat(snapshot().resolve("tokenizer_config.json")).exists();
    assertThat(snapshot().resolve("README.md")).doesNotExist();
    assertThat(snapshot().resolve("pytorch_model.bin")).doesNotExist();
    assertThat(server.asked("pytorch_model.bin")).isZero();
  }

  @Test
  void aReferenceNamesTheCommitAndNeedsNoHub() {
    BaseDirectory base = online().resolve(NAME + "@main");
    BaseReference reference = BaseReference.to(NAME + "@main", base);
    assertThat(reference.uri()).isEqualTo(PINNED);
    assertThat(BaseReference.to("minilm", base).uri()).isEqualTo("minilm");
    server.requests.clear();
    assertThat(online().resolve(reference)).isEqualTo(base);
    assertThat(offline().resolve(reference)).isEqualTo(base);
    assertThat(offline().resolve(NAME)).isEqualTo(base);
    assertThat(server.requests).isEmpty();
  }

  @Test
  void theConfigurationIsFetchedAlone() {
    assertThat(online().configuration(NAME)).hasContent("config");
    assertThat(server.requests).hasSize(2);
    assertThat(snapshot().resolve("model.safetensors")).doesNotExist();
    assertThatThrownBy(() -> offline().resolve(NAME))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("is not whole in the cache");
    assertThat(offline().configuration(NAME)).hasContent("config");
    assertThat(online().configuration(PINNED)).hasContent("config");
    assertThat(server.requests).hasSize(2);
  }

  @Test
  void shardsAreFetchedByTheirIndex() {
    shards("\"a\": \"one.safetensors\", \"b\": \"two.safetensors\"");
    BaseDirectory base = online().resolve(NAME);
    assertThat(base.weights()).hasFileName(INDEX);
    assertThat(snapshot().resolve("one.safetensors")).hasContent("1");
    assertThat(snapshot().resolve("two.safetensors")).hasContent("2");
    assertThat(offline().resolve(NAME)).isEqualTo(base);
  }

  @Test
  void aShardThatTheRepositoryLacksIsNamed() {
    shards("\"a\": \"one.safetensors\", \"b\": \"three.safetensors\"");
    assertThatThrownBy(() -> online().resolve(NAME))
        .isInstanceOf(CorruptFileException.class)
        .hasMessage(
            "Base hf:org/tiny has no shard three.safetensors, which its index names; name a whole"
                + " base, or another revision");
  }

  @Test
  void anIndexThatLeadsElsewhereIsRefused() {
    shards("\"a\": \"../../../refs/main\"");
    assertThatThrownBy(() -> online().resolve(NAME))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("no plain name of a safetensors file");
  }

  @Test
  void aRepositoryWithoutABaseIsRefused() {
    server.files.remove("model.safetensors");
    assertThatThrownBy(() -> online().resolve(NAME))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("has neither model.safetensors nor model.safetensors.index.json");
    server.files.remove("config.json");
    assertThatThrownBy(() -> online().resolve(NAME))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("Base hf:org/tiny has no file config.json");
  }

  @Test
  void aBaseWithoutTokenizerIsAskedForOnce() {
    server.files.remove("tokenizer.json");
    online().resolve(NAME);
    server.requests.clear();
    online().resolve(PINNED);
    assertThat(server.requests).isEmpty();
  }

  @Test
  void whatAnotherToolLeftOutIsFetched() throws IOException {
    online().resolve(NAME);
    Files.delete(snapshot().resolve("tokenizer.json"));
    assertThat(offline().resolve(PINNED).sha256()).isNotEmpty();
    assertThat(online().resolve(PINNED).tokenizer()).hasContent("tokenizer");
  }

  @Test
  void damageInTheCacheShowsWithoutAQuestion() throws IOException {
    online().resolve(NAME);
    Path blob = snapshot().resolve("model.safetensors").toRealPath();
    Files.writeString(blob, "weighty");
    assertThatThrownBy(() -> offline().resolve(NAME))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageStartingWith("Cache file " + blob + " has SHA-256 ")
        .hasMessageEndingWith("its name says what it must be; delete it and run again");
    Files.delete(blob);
    assertThat(online().resolve(PINNED).weights()).hasContent("weights");
  }

  @Test
  void theSettingsOfThisProcessLeadToTheHub() {
    assertThatThrownBy(() -> new BaseSource(root).resolve("hf:no/such/form"))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("is no name of the hub");
  }

  private void shards(String map) {
    server.files.remove("model.safetensors");
    server.add(INDEX, "{\"weight_map\": {" + map + "}}");
    server.add("one.safetensors", "1");
    server.add("two.safetensors", "2");
  }

  private Path snapshot() {
    return root.resolve("hub/models--org--tiny/snapshots").resolve(COMMIT);
  }

  private BaseSource online() {
    return source(Network.ONLINE);
  }

  private BaseSource offline() {
    return source(Network.OFFLINE);
  }

  private BaseSource source(Network network) {
    HubSettings settings =
        new HubSettings(
            URI.create(server.endpoint()), Optional.empty(), root.resolve("hub"), network);
    Pacing pacing =
        new Pacing(Clock.systemUTC(), time -> {}, Duration.ofSeconds(5), Duration.ofSeconds(5));
    return new BaseSource(root, Optional.empty(), () -> new Hub(settings, pacing));
  }
}
