package dev.rankwise.models.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.remote.HubSettings.Network;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestHubSettings {
  @TempDir Path home;

  @Test
  void withoutAnyVariableTheHubItselfIsAsked() {
    HubSettings settings = of(Map.of());
    assertThat(settings.endpoint()).isEqualTo(URI.create("https://huggingface.co"));
    assertThat(settings.token()).isEmpty();
    assertThat(settings.network()).isEqualTo(Network.ONLINE);
    assertThat(settings.cache()).isEqualTo(home.resolve(".cache/huggingface/hub"));
  }

  @Test
  void theCacheIsWhereTheHubsOwnToolsLook() {
    Map<String, String> all =
        Map.of("HF_HUB_CACHE", "/a/b", "HF_HOME", "/c", "XDG_CACHE_HOME", "/d");
    assertThat(of(all).cache()).isEqualTo(Path.of("/a/b"));
    assertThat(of(Map.of("HF_HOME", "/c", "XDG_CACHE_HOME", "/d")).cache())
        .isEqualTo(Path.of("/c/hub"));
    assertThat(of(Map.of("XDG_CACHE_HOME", "/d")).cache()).isEqualTo(Path.of("/d/huggingface/hub"));
    assertThat(of(Map.of("HF_HOME", " ")).cache().startsWith(home)).isTrue();
  }

  @Test
  void aHomeThatCannotBeWrittenIsPassedOverUnlessTheCacheIsThere() throws Exception {
    Path fallback = Path.of("/fallback");
    HubSettings without = HubSettings.of(Map.of(), home(), path -> false, fallback);
    assertThat(without.cache()).isEqualTo(fallback);
    Files.createDirectories(home.resolve(".cache/huggingface/hub"));
    HubSettings with = HubSettings.of(Map.of(), home(), path -> false, fallback);
    assertThat(with.cache()).startsWith(home);
    HubSettings homeless = HubSettings.of(Map.of(), new Properties(), path -> true, fallback);
    assertThat(homeless.cache()).isEqualTo(fallback);
  }

  @Test
  void propertiesStandInForVariables() {
    Properties properties = home();
    properties.setProperty("HF_ENDPOINT", "http://mirror:8080/hub/");
    properties.setProperty("HF_TOKEN", "from-property");
    HubSettings settings =
        HubSettings.of(
            Map.of("HF_TOKEN", "from-variable"), properties, path -> true, Path.of("/fallback"));
    assertThat(settings.endpoint()).isEqualTo(URI.create("http://mirror:8080/hub"));
    assertThat(settings.token()).contains("from-variable");
    assertThat(settings).asString().contains("with a token").doesNotContain("from-variable");
    assertThat(of(Map.of())).asString().contains("without a token");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "ON", "yes", "True"})
  void offlineIsSaidInSeveralWays(String value) {
    assertThat(of(Map.of("HF_HUB_OFFLINE", value)).network()).isEqualTo(Network.OFFLINE);
    assertThat(of(Map.of("HF_HUB_OFFLINE", "0")).network()).isEqualTo(Network.ONLINE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "huggingface.co",
        "ftp://hub",
        "https://me:hunter2@hub",
        "https://",
        "https://hub?hunter2",
        "https://hub#hunter2",
        "https://h ub"
      })
  void anImpossibleEndpointIsRefusedUnseen(String endpoint) {
    assertThatThrownBy(() -> of(Map.of("HF_ENDPOINT", endpoint)))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("HF_ENDPOINT is no address of a hub")
        .message()
        .doesNotContain("hunter2");
  }

  @Test
  void aTokenWithALineEndIsRefusedUnseen() {
    assertThatThrownBy(() -> of(Map.of("HF_TOKEN", "hf_a\nHost: b")))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("HF_TOKEN holds a character that no token has")
        .message()
        .doesNotContain("hf_a");
  }

  @Test
  void theHubsOwnAddressHasItsSchemeHostAndPort() {
    HubSettings settings = of(Map.of());
    assertThat(settings.isOwn(URI.create("https://huggingface.co/x"))).isTrue();
    assertThat(settings.isOwn(URI.create("https://HuggingFace.co:443/x"))).isTrue();
    assertThat(settings.isOwn(URI.create("http://huggingface.co/x"))).isFalse();
    assertThat(settings.isOwn(URI.create("https://huggingface.co:444/x"))).isFalse();
    assertThat(settings.isOwn(URI.create("https://cdn.huggingface.co/x"))).isFalse();
    assertThat(of(Map.of("HF_ENDPOINT", "http://hub")).isOwn(URI.create("http://hub:80/x")))
        .isTrue();
  }

  private HubSettings of(Map<String, String> environment) {
    return HubSettings.of(environment, home(), path -> true, Path.of("/fallback"));
  }

  private Properties home() {
    Properties properties = new Properties();
    properties.setProperty("user.home", home.toString());
    return properties;
  }
}
