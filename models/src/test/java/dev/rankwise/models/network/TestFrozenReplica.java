package dev.rankwise.models.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.Golden;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseSource;
import dev.rankwise.models.torch.TorchRuntime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** That a frozen tensor which is written to is seen, in memory and on the disk. */
@EnabledOnOs(OS.LINUX)
final class TestFrozenReplica {
  private static final TokenBatch BATCH =
      new TokenBatch(new int[] {1, 2, 3, 4}, new int[4], new int[] {0, 4}, new int[0]);

  @TempDir Path cache;

  @Test
  void readingChangesNothing() {
    try (Replica replica = open();
        Parameters none = replica.parameters(new float[0])) {
      replica.states(none, BATCH);
      Replica.Frozen frozen = replica.frozen();
      assertThat(frozen.copiedBytes()).isZero();
      assertThat(frozen.fileUnchanged()).isTrue();
      assertThat(frozen.sha256()).hasSize(64);
    }
  }

  @Test
  void aNumberWrittenInMemoryIsSeen() {
    try (Replica replica = open()) {
      replica.mapped().weights(0).get(0).addi(1);
      assertThat(replica.frozen().copiedBytes()).isPositive();
      assertThat(replica.frozen().fileUnchanged()).isTrue();
    }
  }

  @Test
  void aByteWrittenToTheFileIsSeenAndATouchIsNot() throws IOException {
    try (Replica replica = open()) {
      Path file = replicaFile();
      Files.setLastModifiedTime(file, FileTime.fromMillis(0));
      assertThat(replica.frozen().fileUnchanged()).as("the same bytes at another time").isTrue();
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5}), 100);
      }
      Files.setLastModifiedTime(file, FileTime.fromMillis(0));
      assertThat(replica.frozen().fileUnchanged()).isFalse();
      Files.delete(file);
      assertThat(replica.frozen().fileUnchanged()).isFalse();
    }
  }

  private Path replicaFile() throws IOException {
    try (Stream<Path> files = Files.list(cache.resolve("replicas"))) {
      return files.filter(file -> file.toString().endsWith(".base")).findFirst().orElseThrow();
    }
  }

  private Replica open() {
    TorchRuntime.load();
    BaseDirectory base = new BaseSource(cache).resolve(Golden.own("models/llama").toString());
    return Replica.open(
        base,
        ModelConfig.read(base.config()),
        Attachment.none(),
        new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1),
        cache);
  }
}
