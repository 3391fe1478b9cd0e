package dev.rankwise.models.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.source.BaseCache;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseSource;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Two processes of one host that run the same base, by the operating system's own figures. */
class TestSharedReplica {
  private static final String READY = "ready";
  private static final TokenBatch BATCH =
      new TokenBatch(new int[] {101, 7592, 2088, 102}, new int[4], new int[] {0, 4}, new int[0]);

  /** Runs the base once in a process of its own and holds it until its input ends. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws IOException {
      try (Replica replica = open();
          Parameters none = replica.parameters(new float[0])) {
        replica.states(none, BATCH);
        System.out.println(READY);
        System.in.read();
      }
    }
  }

  @Test
  void aSecondReplicaCostsNoSecondCopy() throws Exception {
    Process other = startHolder();
    try (Replica here = open();
        Parameters none = here.parameters(new float[0])) {
      here.states(none, BATCH);
      awaitReady(other);
      Map<String, Long> ours = mapping(ProcessHandle.current().pid());
      Map<String, Long> theirs = mapping(other.pid());
      assertThat(ours.get("Rss")).as("kB that were touched").isGreaterThan(10_000);
      for (Map<String, Long> figures : List.of(ours, theirs)) {
        assertThat(figures.get("Anonymous")).as("kB copied on write").isZero();
        assertThat(figures.get("Private_Dirty")).as("kB written").isZero();
        assertThat(figures.get("Swap")).as("kB swapped out").isZero();
      }
      // A page that both touched counts half in each process's share.
      assertThat(ours.get("Pss") + theirs.get("Pss"))
          .as("kB of both in memory")
          .isLessThan((long) (1.05 * Math.max(ours.get("Rss"), theirs.get("Rss"))));
    } finally {
      other.getOutputStream().close();
      assertThat(other.waitFor()).isZero();
    }
  }

  private static Replica open() {
    BaseDirectory base = new BaseSource(BaseCache.defaultRoot()).resolve("minilm");
    return Replica.open(
        base,
        ModelConfig.read(base.config()),
        Attachment.none(),
        new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1),
        BaseCache.defaultRoot());
  }

  private static Process startHolder() throws IOException {
    return new ProcessBuilder(
            System.getProperty("java.home") + File.separator + "bin/java",
            "-Xmx1g",
            "-cp",
            System.getProperty("java.class.path"),
            Holder.class.getName())
        .redirectErrorStream(true)
        .start();
  }

  private static void awaitReady(Process holder) throws IOException {
    BufferedReader output =
        new BufferedReader(new InputStreamReader(holder.getInputStream(), StandardCharsets.UTF_8));
    StringBuilder said = new StringBuilder();
    for (String line = output.readLine(); !READY.equals(line); line = output.readLine()) {
      assertThat(line).as("the other process ended: %s", said).isNotNull();
      said.append(line).append('\n');
    }
  }

  /** The figures of the mapped replica file in kB, added up over its mappings. */
  private static Map<String, Long> mapping(long process) throws IOException {
    Map<String, Long> figures = new TreeMap<>();
    boolean ours = false;
    for (String line : Files.readAllLines(Path.of("/proc/" + process + "/smaps"))) {
      if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
        ours = line.endsWith(".base");
      } else if (ours && line.endsWith(" kB")) {
        String[] words = line.split(":? +");
        figures.merge(words[0], Long.parseLong(words[1]), Long::sum);
      }
    }
    return figures;
  }
}
