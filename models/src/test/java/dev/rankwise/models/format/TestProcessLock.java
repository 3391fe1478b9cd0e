package dev.rankwise.models.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.UserInputException;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestProcessLock {
  private static final int ROUNDS = 100;

  @TempDir Path folder;

  /** Adds {@value #ROUNDS} to the number in a file, one by one, in a process of its own. */
  static final class Counter {
    private Counter() {}

    public static void main(String[] arguments) {
      count(Path.of(arguments[0]));
    }

    static void count(Path folder) {
      for (int i = 0; i < ROUNDS; i++) {
        ProcessLock.holding(folder.resolve("lock"), () -> add(folder.resolve("count")));
      }
    }

    private static int add(Path file) {
      try {
        int next = Integer.parseInt(Files.readString(file)) + 1;
        Files.writeString(file, Integer.toString(next));
        return next;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Test
  void keepsThreadsAndProcessesApart() throws Exception {
    Files.writeString(folder.resolve("count"), "0");
    String java = System.getProperty("java.home") + File.separator + "bin/java";
    Process other =
        new ProcessBuilder(
                java,
                "-cp",
                System.getProperty("java.class.path"),
                Counter.class.getName(),
                folder.toString())
            .redirectErrorStream(true)
            .start();
    ExecutorService threads = Executors.newFixedThreadPool(2);
    List<Future<?>> counters = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      counters.add(threads.submit(() -> Counter.count(folder)));
    }
    for (Future<?> counter : counters) {
      counter.get();
    }
    threads.shutdown();
    String output = new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(other.waitFor()).as(output).isZero();
    assertThat(folder.resolve("count")).hasContent(Integer.toString(3 * ROUNDS));
  }

  @Test
  void theHolderMayAskAgain() {
    Path lock = folder.resolve("new/lock");
    String result = ProcessLock.holding(lock, () -> ProcessLock.holding(lock, () -> "inside"));
    assertThat(result).isEqualTo("inside");
  }

  @Test
  void givesTheLockBackWhenTheActionFails() {
    Path lock = folder.resolve("lock");
    assertThatThrownBy(
            () ->
                ProcessLock.holding(
                    lock,
                    () -> {
                      throw new IllegalStateException("failed");
                    }))
        .hasMessage("failed");
    assertThat(ProcessLock.holding(lock, () -> 1)).isEqualTo(1);
  }

  @Test
  void saysThatTheLockCannotBeMade() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThatThrownBy(() -> ProcessLock.holding(file.resolve("lock"), () -> 1))
        .isInstanceOf(UserInputException.class)
        .hasMessageContaining("Cannot write " + file.resolve("lock"));
  }
}
