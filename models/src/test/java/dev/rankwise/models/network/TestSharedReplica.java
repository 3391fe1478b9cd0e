package dev.rankwise.models.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.source.BaseCache;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseSource;
import dev.rankwise.models.torch.TorchRuntime;
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
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/**
 * Two processes of one host that run the same base, by the operating system's own figures: what
 * each maps of the base's file, and what it holds for itself alone.
 */
class TestSharedReplica {
  private static final String READY = "ready ";
  private static final TokenBatch BATCH =
      new TokenBatch(new int[] {101, 7592, 2088, 102}, new int[4], new int[] {0, 4}, new int[0]);

  /**
   * Runs the base once in a process of its own, says how much memory of its own that took in kB,
   * and holds the base until its input ends.
   */
  static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws IOException {
      TorchRuntime.load();
      BaseDirectory base = base();
      long before = ownMemory();
      try (Replica replica = open(base);
          Parameters none = replica.parameters(new float[0])) {
        replica.states(none, BATCH);
        System.out.println(READY + (ownMemory() - before));
        System.in.read();
      }
    }

    private static long ownMemory() throws IOException {
      return figures(Path.of("/proc/self/smaps_rollup"), name -> true).get("Private_Dirty");
    }
  }

  @Test
  void aSecondReplicaCostsNoSecondCopy() throws Exception {
    try (Replica here = open(base());
        Parameters none = here.parameters(new float[0])) {
      here.states(none, BATCH);
      // Only now, since the first who opens a base may have to write its file.
      Process other = startHolder();
      try {
        sharesTheBase(other);
      } finally {
        other.getOutputStream().close();
        assertThat(other.waitFor()).isZero();
      }
    }
  }

  private static void sharesTheBase(Process other) throws IOException {
    long own = awaitReady(other);
    Map<String, Long> ours = mapping(ProcessHandle.current().pid());
    Map<String, Long> theirs = mapping(other.pid());
    assertThat(ours.get("Rss")).as("kB that were touched").isGreaterThan(10_000);
    for (Map<String, Long> figures : List.of(ours, theirs)) {
      assertThat(figures.get("Anonymous")).as("kB copied on write").isZero();
      assertThat(figures.get("Private_Dirty")).as("kB written").isZero();
      assertThat(figures.get("Swap")).as("kB swapped out").isZero();
      assertThat(figures.get("Pss"))
          .as("kB of the base that count as this process's")
          .isLessThan((long) (0.6 * figures.get("Rss")));
    }
    // A page that both touched counts half in each process's share.
    assertThat(ours.get("Pss") + theirs.get("Pss"))
        .as("kB of both in memory")
        .isLessThan((long) (1.05 * Math.max(ours.get("Rss"), theirs.get("Rss"))));
    assertThat(own)
        .as("kB that the other process took for itself to open and run the base")
        .isLessThan(theirs.get("Size") / 2);
  }

  private static BaseDirectory base() {
    return new BaseSource(BaseCache.defaultRoot()).resolve("minilm");
  }

  private static Replica open(BaseDirectory base) {
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
            // Few pages for what is garbage soon, so that a copy of the base would stand out.
            "-Xmn8m",
            "-cp",
            System.getProperty("java.class.path"),
            Holder.class.getName())
        .redirectErrorStream(true)
        .start();
  }

  /** Memory of its own that the process took for the base, in kB, once it runs it. */
  private static long awaitReady(Process holder) throws IOException {
    BufferedReader output =
        new BufferedReader(new InputStreamReader(holder.getInputStream(), StandardCharsets.UTF_8));
    StringBuilder said = new StringBuilder();
    String line = output.readLine();
    while (line == null || !line.startsWith(READY)) {
      assertThat(line).as("the other process ended: %s", said).isNotNull();
      said.append(line).append('\n');
      line = output.readLine();
    }
    return Long.parseLong(line.substring(READY.length()));
  }

  /** The figures of the mapped replica file in kB, added up over its mappings. */
  private static Map<String, Long> mapping(long process) throws IOException {
    return figures(Path.of("/proc/" + process + "/smaps"), name -> name.endsWith(".base"));
  }

  /** The figures of the chosen mappings in kB, added up. */
  private static Map<String, Long> figures(Path file, Predicate<String> chosen) throws IOException {
    Map<String, Long> figures = new TreeMap<>();
    boolean ours = false;
    for (String line : Files.readAllLines(file)) {
      if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
        ours = chosen.test(line);
      } else if (ours && line.endsWith(" kB")) {
        String[] words = line.split(":? +");
        figures.merge(words[0], Long.parseLong(words[1]), Long::sum);
      }
    }
    return figures;
  }
}
