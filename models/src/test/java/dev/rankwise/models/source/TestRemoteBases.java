package dev.rankwise.models.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.Children;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.remote.RemoteFileSystem;
import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestRemoteBases {
  private static final String URI = "store://me:hunter2@host/base";

  @TempDir Path root;
  private final Memory store = new Memory();

  /** Files of one folder. */
  private static final class Memory implements RemoteFileSystem {
    private final Map<String, String> files =
        new TreeMap<>(
            Map.of(
                "config.json", "config",
                "model.safetensors", "weights",
                "tokenizer.json", "tokenizer",
                "vocab.txt", "words",
                "pytorch_model.bin", "code"));
    private final List<String> opened = new ArrayList<>();
    private int version;
    private int missing;
    private boolean gone;

    @Override
    public List<RemoteFile> list(String folder) {
      return files.entrySet().stream()
          .map(it -> new RemoteFile(it.getKey(), it.getValue().length(), "v" + version))
          .toList();
    }

    @Override
    public InputStream open(String folder, String name) throws IOException {
      opened.add(name);
      if (gone) {
        throw new FileNotFoundException("it has just gone");
      }
      byte[] bytes = files.get(name).getBytes(StandardCharsets.UTF_8);
      return new ByteArrayInputStream(bytes, 0, bytes.length - missing);
    }
  }

  @Test
  void aBaseIsCopiedOnceAndAsLongAsItDoesNotChange() throws IOException {
    BaseDirectory base = source().resolve(URI);
    assertThat(base.directory()).startsWith(root.resolve("bases"));
    assertThat(base.weights()).hasContent("weights");
    assertThat(base.directory().resolve("vocab.txt")).hasContent("words");
    assertThat(base.directory().resolve("pytorch_model.bin")).doesNotExist();
    Path same = Files.createDirectory(root.resolve("same"));
    TestCacheEntry.write(same);
    assertThat(base.sha256()).isEqualTo(FileHashes.of(same).sha256());
    store.opened.clear();
    assertThat(source().resolve(BaseReference.to(URI, base))).isEqualTo(base);
    assertThat(store.opened).isEmpty();
    store.version++;
    store.files.put("config.json", "other");
    assertThat(source().resolve(URI).sha256()).isNotEqualTo(base.sha256());
    assertThatThrownBy(() -> source().resolve(BaseReference.to(URI, base)))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("put the same files on every host");
  }

  @Test
  void shardsAreCopied() {
    store.files.remove("model.safetensors");
    store.files.put(
        "model.safetensors.index.json", "{\"weight_map\": {\"a\": \"one.safetensors\"}}");
    store.files.put("one.safetensors", "1");
    BaseDirectory base = source().resolve(URI);
    assertThat(base.weights()).hasFileName("model.safetensors.index.json");
    assertThat(base.directory().resolve("one.safetensors")).hasContent("1");
    assertThat(source().resolve(URI)).isEqualTo(base);
  }

  @Test
  void theConfigurationIsCopiedAlone() throws IOException {
    assertThat(source().configuration(URI)).hasContent("config").hasFileName("config.json");
    assertThat(source().configuration(URI)).hasContent("config");
    assertThat(store.opened).containsExactly("config.json");
    store.files.remove("config.json");
    assertThatThrownBy(() -> source().configuration(URI))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("Base store://host/base has no file config.json");
    assertThat(Children.folders(root.resolve("bases"))).hasSize(1);
  }

  @Test
  void aCopyThatIsCutIsRefusedAndNotKept() throws IOException {
    store.missing = 1;
    assertThatThrownBy(() -> source().resolve(URI))
        .isInstanceOf(CorruptFileException.class)
        .hasMessage(
            "File config.json of store://host/base has 6 bytes in its folder's list, but 5 were read;"
                + " copy it there again");
    assertThat(Children.folders(root.resolve("bases"))).isEmpty();
  }

  @Test
  void aFileThatCannotBeReadIsNamed() {
    store.gone = true;
    assertThatThrownBy(() -> source().resolve("store:/base"))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("it has just gone");
  }

  @Test
  void damageOfTheCopyShows() throws IOException {
    Path folder = source().resolve(URI).directory();
    Files.writeString(folder.resolve("tokenizer.json"), "x");
    assertThatThrownBy(() -> source().resolve(URI))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("Cache file " + folder.resolve("tokenizer.json"));
    Files.delete(folder.resolve("SHA256SUMS"));
    Files.writeString(
        folder.resolve("SHA256SUMS"),
        new FileHashes(new TreeMap<>(Map.of("config.json", hash()))).text());
    assertThatThrownBy(() -> source().resolve(URI))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("holds file model.safetensors, which was not written");
  }

  @Test
  void thisHostsFilesAreNotCopied() throws IOException {
    Path folder = Files.createDirectory(root.resolve("here"));
    TestCacheEntry.write(folder);
    assertThat(source().resolve(folder.toUri().toString()).directory()).isEqualTo(folder);
    assertThat(source().configuration(folder.toString())).hasContent("config");
    assertThat(store.opened).isEmpty();
    assertThat(BaseSource.isUri("hdfs:/x")).isTrue();
    assertThat(BaseSource.isUri("minilm")).isTrue();
    assertThat(BaseSource.isUri(folder.toString())).isFalse();
  }

  private static String hash() {
    return dev.rankwise.models.format.Sha256.ofText("config");
  }

  private BaseSource source() {
    return new BaseSource(root, store);
  }
}
