package dev.rankwise.jobs.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.util.ShutdownHookManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is read of a process that a signal ends. */
final class TestInterruption {
  private static final String READY = "ready";
  private static final String NOISE = "a pool is closed";
  private static final String MADE = "the noise was made";
  private static final int PRIORITY_OF_SPARK = 50;

  @TempDir Path folder;

  /**
   * Spark's threads end with a stack trace each; what the command has to tell is read all the same.
   */
  @Test
  void whatSparkPrintsAsItEndsIsNotRead() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Noisy.class.getName())
            .redirectError(folder.resolve("err").toFile())
            .redirectOutput(folder.resolve("out").toFile())
            .start();
    try {
      while (process.isAlive() && Files.size(folder.resolve("out")) == 0) {
        Thread.sleep(20);
      }
      process.destroy();

      assertThat(process.waitFor()).isEqualTo(143);
      assertThat(folder.resolve("err")).hasContent("before the end");
      assertThat(folder.resolve("out")).hasContent(READY + "\n" + MADE);
    } finally {
      process.destroyForcibly().onExit().join();
    }
  }

  /** A command whose Spark makes noise as it ends. */
  static final class Noisy {
    private Noisy() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
      Interruption.awaited();
      ShutdownHookManager.get()
          .addShutdownHook(
              () -> {
                new IllegalStateException(NOISE).printStackTrace();
                System.out.println(MADE);
                System.out.flush();
                Runtime.getRuntime().halt(143);
              },
              PRIORITY_OF_SPARK);
      System.err.println("before the end");
      System.out.println(READY);
      TimeUnit.MINUTES.sleep(1);
    }
  }
}
