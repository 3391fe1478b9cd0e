package dev.rankwise.datasets.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.remote.RemoteFileSystem.RemoteFile;
import dev.rankwise.models.source.BaseSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestSparkBases {
  private static final String LINK = "fs.viewfs.mounttable.tiny.link./bases";
  private static final String UNCACHED = "fs.viewfs.impl.disable.cache";
  private static final String BASE = "viewfs://tiny/bases/one";

  @TempDir Path folder;
  private SparkConf settings;

  @BeforeEach
  void writeABase() throws IOException {
    Path base = Files.createDirectories(folder.resolve("one/below")).getParent();
    Files.writeString(base.resolve("config.json"), "config");
    Files.writeString(base.resolve("below/config.json"), "another");
    settings =
        new SparkConf(false)
            .set("spark.hadoop." + UNCACHED, "true")
            .set("spark.hadoop." + LINK, folder.toUri().toString());
  }

  @Test
  void sparksSettingsSayHowAFileSystemIsReached() throws IOException {
    BaseSource source = SparkBases.source(settings);
    assertThat(source.configuration(BASE)).hasContent("config");
    assertThatThrownBy(() -> source.resolve(BASE))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("Base " + BASE + " has neither model.safetensors nor");
  }

  @Test
  void aFoldersFilesAreListedWithTheirSizes() throws IOException {
    Configuration configuration = new Configuration();
    configuration.set(UNCACHED, "true");
    configuration.set(LINK, folder.toUri().toString());
    HadoopFolders folders = new HadoopFolders(configuration);
    assertThat(folders.list(BASE))
        .singleElement()
        .satisfies(
            file -> {
              assertThat(file.name()).isEqualTo("config.json");
              assertThat(file.bytes()).isEqualTo(6);
            });
    assertThat(folders.open(BASE, "config.json")).hasContent("config");
    RemoteFile before = folders.list(BASE).get(0);
    Files.writeString(folder.resolve("one/config.json"), "longer than before");
    assertThat(folders.list(BASE).get(0)).isNotEqualTo(before);
  }

  @Test
  void aFolderThatIsNotThereIsTold() {
    BaseSource source = SparkBases.source(settings);
    assertThatThrownBy(() -> source.resolve("viewfs://tiny/bases/two"))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Base \"viewfs://tiny/bases/two\" cannot be read: no such folder; check the address, and"
                + " that every executor sees it");
    assertThatThrownBy(() -> source.resolve("viewfs://unknown/bases"))
        .isInstanceOf(UserInputException.class)
        .hasMessageStartingWith("Base \"viewfs://unknown/bases\" cannot be read: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nosuch://me:hunter2@host/base", "s3a://me:hunter2@bucket/base", "hdfs:"})
  void anAddressThatHadoopDoesNotKnowIsTold(String uri) {
    assertThatThrownBy(() -> SparkBases.source(settings).resolve(uri))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("cannot be read: the address is not one that Hadoop knows here")
        .message()
        .doesNotContain("hunter2");
  }

  @Test
  void withoutSparkTheSettingsAreThoseOfTheProcess() {
    assertThatThrownBy(() -> SparkBases.source().resolve("nosuch:/base"))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("hf:org/name@revision, hdfs: and s3a:");
  }
}
