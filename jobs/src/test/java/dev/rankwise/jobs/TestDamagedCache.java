package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.source.BaseCache;
import dev.rankwise.models.source.BaseSource;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A byte that changed in the cache never reaches a result. */
@Tag("spark")
final class TestDamagedCache {
  private static final String PROPERTY = "rankwise.cache";

  @TempDir Path folder;

  private Path usual;
  private Path cache;
  private String before;

  @BeforeEach
  void useAnotherCache() throws IOException {
    // The tokenizer of small bases is looked up once: not in a cache that goes with this test.
    TinyBase.withoutPooler(folder, 1);
    usual = new BaseSource(BaseCache.defaultRoot()).resolve("minilm").weights().getParent();
    cache = Files.createDirectory(folder.resolve("cache"));
    before = System.getProperty(PROPERTY);
    System.setProperty(PROPERTY, cache.toString());
  }

  @AfterEach
  void useTheUsualCache() {
    if (before == null) {
      System.clearProperty(PROPERTY);
    } else {
      System.setProperty(PROPERTY, before);
    }
  }

  @Test
  void baseIsCheckedBeforeItIsUsed() throws Exception {
    Path copy = Files.createDirectories(cache.resolve("bases").resolve(usual.getFileName()));
    try (Stream<Path> files = Files.list(usual)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    flip(copy.resolve("model.safetensors"));
    Path run = folder.resolve("run");
    Path rows = Tickets.write(folder, Tickets.csv(12));

    CommandRun command = TicketRecipe.write(folder, "minilm", rows).run("tune", run);

    assertThat(command.endedWith(4).error())
        .contains("model.safetensors has SHA-256", "delete folder " + copy + " and run again");
    assertThat(RunFolderFiles.json(run.resolve("result.json")).get("exit_code").intValue())
        .isEqualTo(4);
  }

  @Test
  void replicaIsCheckedOnTheExecutor() throws Exception {
    Path rows = Tickets.write(folder, Tickets.csv(30));
    Path base = TinyBase.withPooler(folder, 11);
    TicketRecipe recipe = TicketRecipe.write(folder, base, rows);
    recipe.run("tune", folder.resolve("first")).endedWith(0);
    List<Path> replicas;
    try (Stream<Path> files = Files.list(cache.resolve("replicas"))) {
      replicas = files.filter(file -> file.toString().endsWith(".base")).toList();
    }
    flip(replicas.get(0));
    Path run = folder.resolve("second");

    // Another rank is another model, which is opened anew on the same file.
    CommandRun command = recipe.run("tune", run, "adapter.rank=2");

    assertThat(replicas).hasSize(1);
    assertThat(command.endedWith(4).error())
        .startsWith("Corrupt replica file " + replicas.get(0))
        .contains("delete it and its .sha256");
    assertThat(run.resolve("adapter")).doesNotExist();
    assertThat(RunFolderFiles.json(run.resolve("result.json")).get("message").textValue())
        .isEqualTo(command.error());
  }

  private static void flip(Path file) throws IOException {
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      bytes.seek(bytes.length() / 2);
      int value = bytes.read();
      bytes.seek(bytes.length() / 2);
      bytes.write(value ^ 1);
    }
  }
}
