package dev.rankwise.models.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.ClusterException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestNativeCache {
  @TempDir Path folder;

  @Test
  void usesTheHomeWhereItCanBeWritten() {
    Properties properties = properties(folder.resolve("home"));
    Path chosen = NativeCache.prepare(Map.of(), properties);
    assertThat(chosen).isEqualTo(folder.resolve("home/.djl.ai")).isDirectory();
    assertThat(properties).containsEntry("DJL_CACHE_DIR", chosen.toString());
    assertThat(properties)
        .containsEntry("ai.djl.offline", "true")
        .containsEntry("OPT_OUT_TRACKING", "true");
  }

  @Test
  void fallsBackToTheFolderForTemporaryFiles() throws IOException {
    Properties properties = properties(Files.writeString(folder.resolve("home"), "a file"));
    Path chosen = NativeCache.prepare(Map.of(), properties);
    assertThat(chosen).isEqualTo(folder.resolve("tmp/rankwise-djl-o_hara")).isDirectory();
    assertThat(properties).containsEntry("DJL_CACHE_DIR", chosen.toString());
    assertThat(NativeCache.prepare(Map.of(), properties)).isEqualTo(chosen);
  }

  @Test
  void theEnvironmentGoesBeforeTheProperties() {
    Properties properties = properties(folder.resolve("home"));
    properties.setProperty("DJL_CACHE_DIR", folder.resolve("property").toString());
    Map<String, String> environment = Map.of("DJL_CACHE_DIR", folder.resolve("named").toString());
    assertThat(NativeCache.prepare(environment, properties))
        .isEqualTo(folder.resolve("named"))
        .isDirectory();
    properties.setProperty("ENGINE_CACHE_DIR", folder.resolve("engine").toString());
    assertThat(NativeCache.prepare(environment, properties)).isEqualTo(folder.resolve("engine"));
  }

  @Test
  void saysThatANamedFolderCannotBeWritten() throws IOException {
    Path named = Files.writeString(folder.resolve("file"), "").resolve("cache");
    assertThatThrownBy(
            () ->
                NativeCache.prepare(Map.of("DJL_CACHE_DIR", named.toString()), properties(folder)))
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("Folder " + named + ", named by ENGINE_CACHE_DIR or DJL_CACHE_DIR")
        .hasMessageContaining("name a folder on a local disk");
  }

  @Test
  void saysThatNoFolderIsLeft() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    Properties properties = properties(file);
    properties.setProperty("java.io.tmpdir", file.toString());
    assertThatThrownBy(() -> NativeCache.prepare(Map.of(), properties))
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("set DJL_CACHE_DIR to a folder on a local disk");
  }

  @Test
  void interruptionWaitsUntilTheLibraryIsThere() {
    Thread.currentThread().interrupt();
    try {
      assertThat(NativeCache.<Boolean>whileLocked(() -> Thread.currentThread().isInterrupted()))
          .isFalse();
    } finally {
      assertThat(Thread.interrupted()).as("it is there again").isTrue();
    }
  }

  @Test
  void failuresOfTheActionReachWhoAskedForIt() {
    RuntimeException exception = new IllegalStateException("no");
    Error error = new UnsatisfiedLinkError("none");
    assertThatThrownBy(() -> NativeCache.whileLocked(() -> failWith(exception)))
        .isSameAs(exception);
    assertThatThrownBy(() -> NativeCache.whileLocked(() -> failWith(error))).isSameAs(error);
  }

  private static boolean failWith(Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) failure;
  }

  private Properties properties(Path home) {
    Properties properties = new Properties();
    properties.setProperty("user.home", home.toString());
    properties.setProperty("user.name", "o'hara");
    properties.setProperty("java.io.tmpdir", folder.resolve("tmp").toString());
    return properties;
  }
}
