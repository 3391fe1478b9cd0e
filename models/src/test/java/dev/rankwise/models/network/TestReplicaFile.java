package dev.rankwise.models.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.architecture.Networks;
import dev.rankwise.models.network.LinkedProgram.LinkedSegment;
import dev.rankwise.models.network.ReplicaFile.Entry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Where the tensors of a base lie in the file that replicas map. */
final class TestReplicaFile {
  /** A line of the processor's cache, and the widest vector. */
  private static final int LINE = 64;

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(BaseType.class)
  void everyTensorStartsOnALineOfTheCache(BaseType type) throws IOException {
    // Its rows of 24 numbers fill no whole lines, so nothing is aligned by chance.
    RandomDecoder decoder = RandomDecoder.write(folder, "qwen2", 41);
    ReplicaSettings settings = new ReplicaSettings(type, BaseType.FLOAT32, 1);
    List<LinkedSegment> segments =
        ProgramLinker.link(
                Networks.of(decoder.config()),
                Attachment.none(),
                settings,
                weight -> Optional.empty())
            .segments();
    ReplicaFile file =
        ReplicaFile.obtain(decoder.directory(), decoder.config(), segments, settings, folder);
    Set<MappedTensor> tensors = new LinkedHashSet<>();
    segments.forEach(segment -> tensors.addAll(segment.weights()));
    long end = 0;
    boolean gaps = false;
    for (MappedTensor tensor : tensors) {
      Entry entry = file.entry(tensor);
      assertThat(entry.start() % LINE).as("%s", entry).isZero();
      assertThat(entry.start()).as("%s", entry).isBetween(end, end + LINE - 1);
      gaps |= entry.start() > end;
      end = entry.start() + entry.shape().stream().reduce(1L, (a, b) -> a * b) * type.bytes();
    }
    assertThat(gaps).as("a tensor that ends within a line").isTrue();
    assertThat(file.bytes()).isBetween(end, end + LINE - 1);
  }
}
