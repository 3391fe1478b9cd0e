package dev.rankwise.benchmarks;

import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.StoredTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Writing an adapter of a hundred tensors and reading it back. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class SafetensorsBench {

  private static final int TENSORS = 100;
  private static final int ELEMENTS = 8 * 1536;

  private Path folder;
  private Path file;
  private List<StoredTensor> tensors;

  /** Writes the file that is read. */
  @Setup
  public void write() throws IOException {
    folder = Files.createTempDirectory("rankwise-bench");
    file = folder.resolve("adapter.safetensors");
    tensors = new ArrayList<>();
    for (int i = 0; i < TENSORS; i++) {
      tensors.add(StoredTensor.ofFloats("tensor." + i, List.of(8L, 1536L), new float[ELEMENTS]));
    }
    SafetensorsWriter.write(file, Map.of("format", "pt"), tensors);
  }

  /** Removes the files. */
  @TearDown
  public void remove() throws IOException {
    try (var files = Files.list(folder)) {
      for (Path each : files.toList()) {
        Files.delete(each);
      }
    }
    Files.delete(folder);
  }

  /** A new file with all tensors, forced to the disk. */
  @Benchmark
  public void writeAll() {
    SafetensorsWriter.write(folder.resolve("new.safetensors"), Map.of("format", "pt"), tensors);
  }

  /** All values of the file. */
  @Benchmark
  public float readAll() {
    float sum = 0;
    try (SafetensorsFile open = SafetensorsFile.open(file)) {
      for (String name : open.tensors().keySet()) {
        sum += open.floats(name)[0];
      }
    }
    return sum;
  }
}
