package dev.rankwise.pipeline.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.StreamCapabilities;
import org.apache.hadoop.fs.Syncable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What checkpoints rely on, of each storage. */
final class TestStorage {
  @TempDir Path folder;

  /** The kinds of storage. */
  enum Kind {
    LOCAL {
      @Override
      Storage in(Path folder) {
        return new LocalStorage(folder);
      }
    },
    HADOOP {
      @Override
      Storage in(Path folder) throws IOException {
        RawLocalFileSystem system = new RawLocalFileSystem();
        system.initialize(folder.toUri(), new Configuration());
        return new HadoopStorage(system, new org.apache.hadoop.fs.Path(folder.toUri()));
      }
    },
    DISK {
      @Override
      Storage in(Path folder) {
        return new SimulatedDisk();
      }
    };

    abstract Storage in(Path folder) throws IOException;
  }

  @ParameterizedTest
  @EnumSource
  void filesAreMadeOnceAndReadBack(Kind kind) throws IOException {
    Storage storage = kind.in(folder);
    assertThat(storage.list("")).isEmpty();
    assertThat(storage.list("a")).isEmpty();

    storage.create("a/b/file", new byte[] {1, 2});
    storage.create("a/again", new byte[0]);
    storage.sync("a/b/file");
    storage.sync("a");
    storage.sync("");

    assertThat(storage.list("a")).containsExactly("again", "b");
    assertThat(storage.isFolder("a/b")).isTrue();
    assertThat(storage.isFolder("a/again")).isFalse();
    assertThat(storage.isFolder("a/none")).isFalse();
    assertThat(storage.read("a/b/file", 2)).containsExactly(1, 2);
    assertThatThrownBy(() -> storage.create("a/b/file", new byte[] {3}))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThatThrownBy(() -> storage.read("a/b/file", 1))
        .isInstanceOf(IOException.class)
        .hasMessage("a/b/file has 2 bytes where at most 1 belong");
    assertThatThrownBy(() -> storage.read("a/none", 1)).isInstanceOf(IOException.class);
    assertThat(storage.shown()).isNotEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void fileThatIsMadeWholeIsMadeOnce(Kind kind) throws IOException {
    Storage storage = kind.in(folder);

    storage.createWhole("a/file", new byte[] {1, 2});
    assertThatThrownBy(() -> storage.createWhole("a/file", new byte[] {3}))
        .isInstanceOf(FileAlreadyExistsException.class);

    assertThat(storage.read("a/file", 2)).containsExactly(1, 2);
    assertThat(storage.list("a")).containsExactly("file");
  }

  @ParameterizedTest
  @EnumSource(names = {"LOCAL", "HADOOP"})
  void fileWhereAFolderBelongsIsNamed(Kind kind) throws IOException {
    Storage storage = kind.in(folder);
    storage.create("a/file", new byte[] {1});

    assertThatThrownBy(() -> storage.list("a/file"))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("/a/file: it is a file, and a folder belongs there");
  }

  @ParameterizedTest
  @EnumSource
  void foldersAreRenamedToFreeNamesAndDeletedWhole(Kind kind) throws IOException {
    Storage storage = kind.in(folder);
    storage.create("a/file", new byte[] {1});
    storage.create("c/other", new byte[] {1});

    storage.rename("a", "b");

    assertThat(storage.list("")).containsExactly("b", "c");
    assertThat(storage.list("b")).containsExactly("file");
    assertThatThrownBy(() -> storage.rename("b", "c"))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThatThrownBy(() -> storage.rename("none", "d")).isInstanceOf(IOException.class);
    storage.delete("b");
    storage.delete("b");
    assertThat(storage.list("")).containsExactly("c");
    storage.delete("c/other");
    assertThat(storage.list("c")).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void fileIsReplacedByItsName(Kind kind) throws IOException {
    Storage storage = kind.in(folder);
    storage.replace("a/b/file", new byte[] {1, 2});
    storage.replace("a/b/file", new byte[] {3});
    storage.replace("top", new byte[0]);

    assertThat(storage.read("a/b/file", 9)).containsExactly(3);
    assertThat(storage.list("a/b")).containsExactly("file");
    assertThat(storage.list("")).containsExactly("a", "top");
  }

  @ParameterizedTest
  @EnumSource
  void fileOfThisHostIsCopied(Kind kind) throws IOException {
    Storage storage = kind.in(Files.createDirectory(folder.resolve("storage")));
    byte[] content = new byte[100_000];
    new Random(1).nextBytes(content);
    Path here = Files.write(folder.resolve("here"), content);
    storage.create("a/copy", here);

    assertThat(storage.read("a/copy", content.length)).isEqualTo(content);
    assertThatThrownBy(() -> storage.create("a/copy", here))
        .isInstanceOf(FileAlreadyExistsException.class);
    storage.close();
  }

  @Test
  void hadoopThatRefusesIsBelieved() throws IOException {
    RawLocalFileSystem raw = new RawLocalFileSystem();
    raw.initialize(folder.toUri(), new Configuration());
    FilterFileSystem refusing =
        new FilterFileSystem(raw) {
          @Override
          public boolean rename(org.apache.hadoop.fs.Path from, org.apache.hadoop.fs.Path to) {
            return false;
          }

          @Override
          public boolean delete(org.apache.hadoop.fs.Path path, boolean whole) {
            return false;
          }

          @Override
          public FSDataOutputStream create(org.apache.hadoop.fs.Path path, boolean overwrite)
              throws IOException {
            return new FSDataOutputStream(
                Files.newOutputStream(Path.of(path.toUri().getPath())), null);
          }
        };
    Storage storage = new HadoopStorage(refusing, new org.apache.hadoop.fs.Path(folder.toUri()));
    storage.create("file", new byte[] {1});

    assertThatThrownBy(() -> storage.rename("file", "other"))
        .hasMessage("file could not be renamed to other");
    assertThatThrownBy(() -> storage.delete("file")).hasMessage("file could not be deleted");
    storage.delete("none");
  }

  /** As HDFS has it: what is closed, and not synced, may be lost with its hosts. */
  @Test
  void hadoopIsToldToForceWhatItCanForce() throws IOException {
    List<String> synced = new ArrayList<>();
    RawLocalFileSystem raw = new RawLocalFileSystem();
    raw.initialize(folder.toUri(), new Configuration());
    FilterFileSystem watching =
        new FilterFileSystem(raw) {
          @Override
          public FSDataOutputStream create(org.apache.hadoop.fs.Path path, boolean overwrite)
              throws IOException {
            return new FSDataOutputStream(new WatchedStream(path, synced), null);
          }
        };
    Storage storage = new HadoopStorage(watching, new org.apache.hadoop.fs.Path(folder.toUri()));
    Path here = Files.write(folder.resolve("here"), new byte[] {1, 2});

    storage.create("one", new byte[] {1});
    storage.create("two", here);
    storage.replace("three", new byte[] {3});
    storage.createWhole("four", new byte[] {4});

    assertThat(synced).hasSize(4);
    assertThat(synced.subList(0, 2)).containsExactly("one after 1", "two after 2");
    assertThat(synced.get(2)).endsWith("three after 1");
    assertThat(synced.get(3)).as("nobody sees it before it is whole").startsWith(".staged-");
    assertThat(storage.read("four", 1)).containsExactly(4);
  }

  /** Notes when it is forced to the disk, and after how many bytes. */
  private static final class WatchedStream extends OutputStream
      implements Syncable, StreamCapabilities {
    private final OutputStream file;
    private final String name;
    private final List<String> synced;
    private int bytes;

    WatchedStream(org.apache.hadoop.fs.Path path, List<String> synced) throws IOException {
      this.file = Files.newOutputStream(Path.of(path.toUri().getPath()));
      this.name = path.getName();
      this.synced = synced;
    }

    @Override
    public void write(int value) throws IOException {
      file.write(value);
      bytes++;
    }

    @Override
    public void hflush() {
      throw new AssertionError("a flush leaves it in the memory of its hosts");
    }

    @Override
    public void hsync() {
      synced.add(name + " after " + bytes);
    }

    @Override
    public boolean hasCapability(String capability) {
      return capability.equals(StreamCapabilities.HSYNC);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }

  @Test
  void strategiesFollowTheScheme() {
    assertThat(CommitStrategy.ofScheme("file")).isEqualTo(CommitStrategy.RENAME);
    assertThat(CommitStrategy.ofScheme("HDFS")).isEqualTo(CommitStrategy.RENAME);
    assertThat(CommitStrategy.ofScheme("s3a")).isEqualTo(CommitStrategy.MARKER);
    assertThat(CommitStrategy.ofScheme("somewhere")).isEqualTo(CommitStrategy.MARKER);
  }
}
