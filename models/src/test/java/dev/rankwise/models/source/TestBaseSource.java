package dev.rankwise.models.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.Children;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestBaseSource {
  @TempDir Path root;
  private Path folder;
  private BaseSource source;

  @BeforeEach
  void makeABase() throws IOException {
    folder = Files.createDirectory(root.resolve("a base"));
    TestCacheEntry.write(folder);
    source = new BaseSource(root.resolve("cache"));
  }

  @Test
  void usesAFolderInPlace() throws IOException {
    BaseDirectory base = source.resolve(folder.toString());
    assertThat(base.directory()).isEqualTo(folder);
    assertThat(base.sha256()).isEqualTo(FileHashes.of(folder).sha256());
    assertThat(source.resolve(folder.toUri().toString()).sha256()).isEqualTo(base.sha256());
    assertThat(root.resolve("cache")).doesNotExist();
    Files.writeString(folder.resolve("config.json"), "changed");
    assertThat(source.resolve(folder.toString()).sha256()).isNotEqualTo(base.sha256());
  }

  @Test
  void aReferenceHoldsTheBaseToItsHash() {
    BaseDirectory base = source.resolve(folder.toString());
    BaseReference reference = new BaseReference(folder.toString(), base.sha256());
    assertThat(source.resolve(reference)).isEqualTo(base);
    BaseReference other = new BaseReference(folder.toString(), "0".repeat(64));
    assertThatThrownBy(() -> source.resolve(other))
        .isInstanceOf(CorruptFileException.class)
        .hasMessage(
            "Base %s has SHA-256 %s on this host, but %s is needed; put the same files on every"
                + " host",
            folder, base.sha256(), "0".repeat(64));
    assertThatThrownBy(() -> new BaseReference("minilm", "short"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aReferenceGoesToExecutors() throws IOException {
    try (ObjectOutputStream out = new ObjectOutputStream(new ByteArrayOutputStream())) {
      out.writeObject(new BaseReference("minilm", "0".repeat(64)));
    }
  }

  @Test
  void copiesAFolderOfTheClassPathIntoTheCache() throws IOException {
    Path jar = root.resolve("base.jar");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
      for (String name : FileHashes.NAMES) {
        out.putNextEntry(new ZipEntry("models/tiny/" + name));
        Files.copy(folder.resolve(name), (OutputStream) out);
      }
    }
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, before)) {
      Thread.currentThread().setContextClassLoader(loader);
      BaseDirectory base = source.resolve("jar:/models/tiny");
      assertThat(base.sha256()).isEqualTo(FileHashes.of(folder).sha256());
      assertThat(base.directory()).startsWith(root.resolve("cache/bases"));
      assertThat(base.tokenizer()).hasContent("tokenizer");
      assertThat(source.resolve("jar:/models/tiny/")).isEqualTo(base);
      assertThat(Children.folders(root.resolve("cache/bases"))).hasSize(1);
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
    assertThatThrownBy(() -> source.resolve("jar:/models/tiny"))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Resource models/tiny/config.json is not on the class path; put the jar that holds base"
                + " jar:/models/tiny on the class path");
  }

  @Test
  void takesMiniLmOutOfItsJarOnce() {
    BaseDirectory base = source.resolve("minilm");
    assertThat(base.sha256()).isEqualTo(MiniLmBase.SHA256);
    assertThat(source.resolve(new BaseReference("minilm", base.sha256()))).isEqualTo(base);
    assertThat(base.weights()).isRegularFile();
    assertThat(root.resolve("cache/bases")).isDirectoryContaining("glob:**minilm-*");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "s3a://bucket/base", "file:///%zz", "a\u0000b"})
  void namesWhatItKnowsWhenItMeetsAnotherUri(String uri) {
    assertThatThrownBy(() -> source.resolve(uri))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("known are \"minilm\", a path, file:///path, jar:/folder,");
  }

  @Test
  void saysWhatAFolderLacks() throws IOException {
    assertThatThrownBy(() -> source.resolve(root.resolve("none").toString()))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("Base folder " + root.resolve("none") + " does not exist");
    Files.delete(folder.resolve("model.safetensors"));
    assertThatThrownBy(() -> source.resolve(folder.toString()))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Base folder %s has no file model.safetensors; a base needs config.json,"
                + " model.safetensors, tokenizer.json",
            folder);
  }

  @Test
  void saysWhichShardAFolderLacks() throws IOException {
    Files.delete(folder.resolve("model.safetensors"));
    Files.writeString(
        folder.resolve("model.safetensors.index.json"),
        "{\"weight_map\": {\"a\": \"model-00001-of-00002.safetensors\","
            + " \"b\": \"model-00002-of-00002.safetensors\"}}");
    Files.write(folder.resolve("model-00001-of-00002.safetensors"), new byte[] {1});

    assertThatThrownBy(() -> source.resolve(folder.toString()))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Base folder %s has no file model-00002-of-00002.safetensors, which"
                + " model.safetensors.index.json names; fetch the base again, all its files",
            folder);
  }

  @Test
  void aBaseWithoutTokenizerReadsNoTexts() throws IOException {
    String whole = source.resolve(folder.toString()).sha256();
    Files.delete(folder.resolve("tokenizer.json"));
    BaseDirectory bare = source.resolve(folder.toString());
    assertThat(bare.sha256()).isNotEqualTo(whole);
    assertThatThrownBy(bare::tokenizer)
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Base folder %s has no file tokenizer.json, so it cannot read texts; fetch the base"
                + " again with it",
            folder);
  }

  @Test
  void aConfigurationNeedsNoWeights() throws IOException {
    Files.delete(folder.resolve("model.safetensors"));
    assertThat(source.configuration(folder.toString())).hasFileName("config.json").exists();
    Files.delete(folder.resolve("config.json"));
    assertThatThrownBy(() -> source.configuration(folder.toString()))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Base folder %s has no file config.json; name a folder with it, or \"minilm\"", folder);
  }

  @Test
  void refusesAResourceThatIsLargerThanAllowed() {
    assertThatThrownBy(
            () -> ClasspathResource.copy("bases/minilm/config.json", root.resolve("x"), 100, ""))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("has more than 100 bytes");
  }
}
