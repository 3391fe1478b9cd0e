package dev.rankwise.models.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.Children;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.AtomicFile;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestCacheEntry {
  private static final String HASH = hash();

  @TempDir Path root;
  private final AtomicInteger writes = new AtomicInteger();

  /** Opens the entry in a process of its own and notes in a file that it wrote. */
  static final class Opener {
    private Opener() {}

    public static void main(String[] arguments) {
      Path root = Path.of(arguments[0]);
      new CacheEntry(root, "test", HASH)
          .open(
              HASH,
              folder -> {
                write(folder);
                AtomicFile.write(root.resolve("written-" + ProcessHandle.current().pid()), "");
              });
    }
  }

  @Test
  void writesOnceAndOpensFromThenOn() {
    BaseDirectory first = open();
    assertThat(first.directory())
        .isEqualTo(root.resolve("bases/test-" + HASH.substring(0, 16)))
        .isDirectoryContaining("glob:**SHA256SUMS");
    assertThat(first.sha256()).isEqualTo(HASH);
    assertThat(first.config()).hasContent("config");
    assertThat(open()).isEqualTo(first);
    assertThat(writes).hasValue(1);
    assertThat(first.directory().resolve("SHA256SUMS"))
        .content()
        .matches("([0-9a-f]{64}  [a-z.]+\n){3}")
        .contains("  config.json\n");
  }

  @Test
  void threadsThatAskAtOnceWriteOnce() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    List<Future<BaseDirectory>> opened = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      opened.add(threads.submit(this::open));
    }
    for (Future<BaseDirectory> base : opened) {
      assertThat(base.get().sha256()).isEqualTo(HASH);
    }
    threads.shutdown();
    assertThat(writes).hasValue(1);
  }

  @Test
  void processesThatAskAtOnceWriteOnce() throws Exception {
    String java = System.getProperty("java.home") + File.separator + "bin/java";
    List<Process> openers = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      openers.add(
          new ProcessBuilder(
                  java,
                  "-cp",
                  System.getProperty("java.class.path"),
                  Opener.class.getName(),
                  root.toString())
              .redirectErrorStream(true)
              .start());
    }
    for (Process opener : openers) {
      String output = new String(opener.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(opener.waitFor()).as(output).isZero();
    }
    assertThat(Children.of(root))
        .filteredOn(path -> path.toString().contains("written"))
        .hasSize(1);
  }

  @Test
  void leavesNothingWhenTheWriterFailsAndRemovesWhatAKilledOneLeft() throws IOException {
    assertThatThrownBy(
            () ->
                new CacheEntry(root, "test", HASH)
                    .open(
                        HASH,
                        folder -> {
                          write(folder);
                          throw new UserInputException("no room");
                        }))
        .hasMessage("no room");
    Path bases = root.resolve("bases");
    Path left =
        Files.createDirectory(bases.resolve(".staged-test-" + HASH.substring(0, 16) + "-4711-0"));
    open();
    assertThat(left).doesNotExist();
    assertThat(Children.folders(bases)).hasSize(1);
  }

  @Test
  void saysWhichFileIsDamagedAndWhatToDo() throws IOException {
    Path folder = open().directory();
    Path weights = folder.resolve("model.safetensors");
    Files.writeString(weights, "weights with a flipped bit");
    assertThatThrownBy(this::open)
        .isInstanceOf(CorruptFileException.class)
        .hasMessageStartingWith("Cache file " + weights + " has SHA-256 ")
        .hasMessageContaining(", but " + hashOf("weights") + " was written")
        .hasMessageEndingWith("delete folder " + folder + " and run again");
    Files.writeString(folder.resolve("SHA256SUMS"), "nonsense");
    assertThatThrownBy(this::open)
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("SHA256SUMS is missing or does not hold one SHA-256 for each");
    Files.delete(folder.resolve("SHA256SUMS"));
    assertThatThrownBy(this::open).isInstanceOf(CorruptFileException.class);
  }

  @Test
  void refusesAnEntryThatIsWholeButAnotherBase() throws IOException {
    Path folder = open().directory();
    Files.writeString(folder.resolve("config.json"), "other");
    Files.writeString(folder.resolve("SHA256SUMS"), FileHashes.of(folder).text());
    assertThatThrownBy(this::open)
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("Cache folder " + folder + " holds a base with SHA-256 ")
        .hasMessageContaining("but " + HASH + " is expected");
  }

  @Test
  void saysThatTheCacheCannotBeWritten() throws IOException {
    Path file = Files.writeString(root.resolve("file"), "");
    assertThatThrownBy(() -> new CacheEntry(file, "test", HASH).open(HASH, TestCacheEntry::write))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("Cannot write " + file.resolve("bases"));
  }

  private BaseDirectory open() {
    return new CacheEntry(root, "test", HASH)
        .open(
            HASH,
            folder -> {
              writes.incrementAndGet();
              write(folder);
            });
  }

  static void write(Path folder) {
    AtomicFile.write(folder.resolve("config.json"), "config");
    AtomicFile.write(folder.resolve("model.safetensors"), "weights");
    AtomicFile.write(folder.resolve("tokenizer.json"), "tokenizer");
  }

  private static String hashOf(String text) {
    return dev.rankwise.models.format.Sha256.ofText(text);
  }

  private static String hash() {
    String text =
        hashOf("config")
            + "  config.json\n"
            + hashOf("weights")
            + "  model.safetensors\n"
            + hashOf("tokenizer")
            + "  tokenizer.json\n";
    return hashOf(text);
  }
}
