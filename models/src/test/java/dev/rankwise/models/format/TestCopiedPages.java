package dev.rankwise.models.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

final class TestCopiedPages {
  @TempDir Path folder;

  @Test
  @EnabledOnOs(OS.LINUX)
  void aPageThatIsWrittenToIsACopyOfThisProcess() throws IOException {
    Path file = Files.write(folder.resolve("a file.bin"), new byte[1 << 16]);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MappedByteBuffer mapped = channel.map(MapMode.PRIVATE, 0, 1 << 16);
      assertThat(mapped.get(5000)).isZero();
      assertThat(CopiedPages.bytes(file)).hasValue(0);
      mapped.put(5000, (byte) 1);
      assertThat(CopiedPages.bytes(file).orElseThrow()).isPositive();
      assertThat(CopiedPages.bytes(folder.resolve("other"))).hasValue(0);
    }
  }

  @Test
  void onlyTheFilesOwnMappingsCount() {
    List<String> lines =
        List.of(
            "7f00-7f10 rw-p 00000000 08:01 12   /cache/one.base",
            "Rss:              8 kB",
            "Anonymous:        4 kB",
            "Swap:             0 kB",
            "VmFlags: rd wr mr mw me ac",
            "7f10-7f20 rw-p 00000000 08:01 13   /cache/two.base (deleted)",
            "Anonymous:        8 kB",
            "Swap:            12 kB",
            "7f20-7f30 rw-p 00000000 00:00 0 ",
            "Anonymous:     4096 kB");
    assertThat(CopiedPages.bytes(Path.of("/cache/one.base"), lines)).isEqualTo(4096);
    assertThat(CopiedPages.bytes(Path.of("/cache/two.base"), lines)).isEqualTo(20480);
    assertThat(CopiedPages.bytes(Path.of("/cache/three.base"), lines)).isZero();
  }
}
