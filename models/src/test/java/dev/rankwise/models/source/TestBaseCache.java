package dev.rankwise.models.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestBaseCache {
  @TempDir Path folder;
  private final Properties properties = new Properties();
  private final Map<String, String> environment = new LinkedHashMap<>();

  @BeforeEach
  void setHome() {
    properties.setProperty("user.home", folder.resolve("home").toString());
    properties.setProperty("user.name", "me");
    properties.setProperty("java.io.tmpdir", folder.resolve("tmp").toString());
  }

  @Test
  void takesTheFirstOneThatIsNamed() {
    assertThat(root()).isEqualTo(folder.resolve("home/.cache/rankwise"));
    environment.put("DJL_CACHE_DIR", folder.resolve("djl").toString());
    assertThat(root()).isEqualTo(folder.resolve("djl/rankwise"));
    environment.put("RANKWISE_CACHE_DIR", folder.resolve("variable").toString());
    assertThat(root()).isEqualTo(folder.resolve("variable"));
    properties.setProperty("rankwise.cache", folder.resolve("property").toString());
    assertThat(root()).isEqualTo(folder.resolve("property")).isDirectory();
  }

  @Test
  void fallsBackWhereTheHomeCannotBeWritten() throws IOException {
    properties.setProperty("user.home", Files.writeString(folder.resolve("f"), "").toString());
    assertThat(root()).isEqualTo(folder.resolve("tmp/rankwise-me"));
    properties.setProperty("user.home", "?");
    assertThat(root()).isEqualTo(folder.resolve("tmp/rankwise-me"));
  }

  @Test
  void saysThatANamedFolderCannotBeWritten() throws IOException {
    Path named = Files.writeString(folder.resolve("f"), "").resolve("cache");
    environment.put("RANKWISE_CACHE_DIR", named.toString());
    assertThatThrownBy(this::root)
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cache folder %s, named by the variable RANKWISE_CACHE_DIR, cannot be written; name a"
                + " folder on a local disk that this user may write",
            named);
  }

  private Path root() {
    return BaseCache.defaultRoot(environment, properties);
  }
}
