package dev.rankwise.benchmarks.scale;

import dev.rankwise.benchmarks.scale.Setting.Summing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Simulates steps on 8 to 512 executors: {@code ScalePage COSTS FOLDER} draws pictures into the
 * folder and prints tables; {@code ScalePage COSTS check EXECUTORS BASE-PARAMETERS
 * ADAPTER-PARAMETERS GROUPS TOKENS-A-STEP CORES} prints the step that it expects of this machine.
 */
public final class ScalePage {
  private static final int RANK = 16;
  private static final double CORES = 16;
  private static final double TOKENS = 4096;
  private static final int[] EXECUTORS = {8, 16, 32, 64, 128, 256, 512};
  private static final double[] NETWORKS = {1, 10, 25, 100};
  private static final double LOOPBACK = 1e6;

  private ScalePage() {}

  /** Simulates. */
  public static void main(String[] arguments) throws IOException {
    StepSimulation simulation = new StepSimulation(StepCosts.read(Path.of(arguments[0])));
    if (arguments[1].equals("check")) {
      check(simulation, arguments);
      return;
    }
    Path folder = Path.of(arguments[1]);
    Files.writeString(folder.resolve("scale-efficiency.svg"), efficiency(simulation));
    Files.writeString(folder.resolve("scale-parts.svg"), parts(simulation));
    steps(simulation);
    limits(simulation);
    networks(simulation);
  }

  private static Setting usual(Base base, int executors, double gigabits) {
    return Setting.of(base, RANK, executors, gigabits, CORES, TOKENS);
  }

  /**
   * Groups that are more than the executors are computed one after another, and executors that are
   * more than the cores share them: both make the work of an executor longer. What comes of all but
   * the last groups is taken in while the next ones are computed.
   */
  private static void check(StepSimulation simulation, String[] arguments) {
    int executors = Integer.parseInt(arguments[2]);
    double base = Double.parseDouble(arguments[3]);
    long adapter = Long.parseLong(arguments[4]);
    int groups = Integer.parseInt(arguments[5]);
    double tokens = Double.parseDouble(arguments[6]);
    double cores = Math.min(executors, Double.parseDouble(arguments[7])) / executors;
    Setting one =
        new Setting(
            executors,
            LOOPBACK * 1e9 / 8,
            cores,
            4 * base * tokens / executors,
            adapter,
            Float.BYTES,
            Summing.AT_THE_END);
    StepParts parts = simulation.step(one);
    StepCosts costs = simulation.costs();
    int further = groups - executors;
    double more = further * (costs.task() + adapter * costs.sumGroup());
    System.out.printf(
        Locale.ROOT, "%.4f %.4f%n", parts.whole() + more, parts.whole() + more - parts.compute());
  }

  private static String efficiency(StepSimulation simulation) {
    Picture picture =
        new Picture(
            "How much of their time executors compute",
            "Four panels for networks of 1, 10, 25 and 100 Gbit/s; lines for bases of 0.13 to 70"
                + " billion parameters fall from left to right as executors become more, the faster the slower"
                + " the network is.",
            "LoRA of rank 16 on all linear modules; 4,096 tokens an executor, 16 cores each",
            NETWORKS.length);
    picture.legend(Base.ALL.stream().map(Base::name).toList());
    double[] places = new double[EXECUTORS.length];
    for (int i = 0; i < places.length; i++) {
      places[i] = i / (places.length - 1.0);
    }
    for (double network : NETWORKS) {
      picture.panel(
          "%s Gbit/s".formatted((int) network),
          List.of("0", "25 %", "50 %", "75 %", "100 %"),
          List.of("8", "16", "32", "64", "128", "256", "512"));
      for (int base = 0; base < Base.ALL.size(); base++) {
        double[] values = new double[EXECUTORS.length];
        for (int i = 0; i < values.length; i++) {
          values[i] = simulation.efficiency(usual(Base.ALL.get(base), EXECUTORS[i], network));
        }
        picture.line(base, places, values);
      }
    }
    return picture.across("executors").svg();
  }

  private static String parts(StepSimulation simulation) {
    Picture picture =
        new Picture(
            "Where a step of an 8 B base goes",
            "Four panels for networks of 1, 10, 25 and 100 Gbit/s; columns for 8 to 512 executors, each split"
                + " into handing out, computing, collecting, summing and the optimizer. With more executors,"
                + " collecting and summing take more of the column.",
            "shares of the step; LoRA of rank 16, 4,096 tokens an executor",
            NETWORKS.length);
    picture.legend(List.of("compute", "collect", "sum", "hand out", "optimizer"));
    for (double network : NETWORKS) {
      picture.panel(
          "%s Gbit/s".formatted((int) network),
          List.of("0", "25 %", "50 %", "75 %", "100 %"),
          List.of("", "8", "16", "32", "64", "128", "256", "512", ""));
      for (int i = 0; i < EXECUTORS.length; i++) {
        StepParts step = simulation.step(usual(Base.ALL.get(2), EXECUTORS[i], network));
        double whole = step.whole();
        picture.column(
            (i + 1) / (EXECUTORS.length + 1.0),
            0.09,
            new double[] {
              step.compute() / whole,
              step.collect() / whole,
              step.sum() / whole,
              step.handOut() / whole,
              step.optimizer() / whole
            });
      }
    }
    return picture.across("executors").svg();
  }

  private static void steps(StepSimulation simulation) {
    System.out.println("### Step time");
    System.out.println();
    System.out.println(
        "Seconds a step at 10 Gbit/s; in brackets the share of it in which executors compute.");
    System.out.println();
    System.out.println(
        "| base | adapter, MB | 8 executors | 32 | 128 | 512 | driver's heap for 512 gradients, GB |");
    System.out.println("| --- | --- | --- | --- | --- | --- | --- |");
    for (Base base : Base.ALL) {
      List<String> cells = new ArrayList<>();
      for (int executors : new int[] {8, 32, 128, 512}) {
        Setting setting = usual(base, executors, 10);
        cells.add(
            String.format(
                Locale.ROOT,
                "%.2f (%.0f %%)",
                simulation.step(setting).whole(),
                100 * simulation.efficiency(setting)));
      }
      double bytes = usual(base, 1, 10).bytes();
      System.out.printf(
          Locale.ROOT,
          "| %s | %.1f | %s | %.1f |%n",
          base.name(),
          bytes / 1e6,
          String.join(" | ", cells),
          512 * bytes / 1e9);
    }
    System.out.println();
  }

  private static void limits(StepSimulation simulation) {
    System.out.println("### What moves the limit");
    System.out.println();
    System.out.println(
        "The most executors that compute for at least half of the time, at 10 Gbit/s.");
    System.out.println();
    System.out.println(
        "| change | " + String.join(" | ", Base.ALL.stream().map(Base::name).toList()) + " |");
    System.out.println("| --- | --- | --- | --- | --- | --- |");
    row("as it is", base -> usual(base, 1, 10), simulation);
    row(
        "four times the tokens a group",
        base -> Setting.of(base, RANK, 1, 10, CORES, 4 * TOKENS),
        simulation);
    row("rank 4", base -> Setting.of(base, 4, 1, 10, CORES, TOKENS), simulation);
    row("a network of 100 Gbit/s", base -> usual(base, 1, 100), simulation);
    row(
        "two bytes a parameter on the wire",
        base -> usual(base, 1, 10).withWireBytes(2),
        simulation);
    row(
        "added while they come",
        base -> usual(base, 1, 10).with(Summing.WHILE_THEY_COME),
        simulation);
    row("added in two levels", base -> usual(base, 1, 10).with(Summing.IN_TWO_LEVELS), simulation);
    row(
        "executors ten times as fast",
        base -> Setting.of(base, RANK, 1, 10, 10 * CORES, TOKENS),
        simulation);
    System.out.println();
  }

  /** A cluster for each base. */
  private interface Settings {
    Setting of(Base base);
  }

  private static void row(String name, Settings settings, StepSimulation simulation) {
    List<String> cells = new ArrayList<>();
    for (Base base : Base.ALL) {
      int most = simulation.saturation(settings.of(base));
      cells.add(most > 1024 ? "over 1024" : Integer.toString(most));
    }
    System.out.println("| " + name + " | " + String.join(" | ", cells) + " |");
  }

  private static void networks(StepSimulation simulation) {
    System.out.println("### From when two levels pay");
    System.out.println();
    System.out.println(
        "The most executors that compute for at least half of the time, and in brackets from how many");
    System.out.println("executors a sum in two levels makes the step a tenth shorter.");
    System.out.println();
    System.out.println(
        "| network | " + String.join(" | ", Base.ALL.stream().map(Base::name).toList()) + " |");
    System.out.println("| --- | --- | --- | --- | --- | --- |");
    Map<String, List<String>> rows = new LinkedHashMap<>();
    for (double network : NETWORKS) {
      List<String> cells = new ArrayList<>();
      for (Base base : Base.ALL) {
        Setting setting = usual(base, 1, network);
        int most = simulation.saturation(setting);
        int pays = simulation.treePays(setting);
        cells.add(
            "%s (%s)"
                .formatted(
                    most > 1024 ? "over 1024" : Integer.toString(most),
                    pays == 0 ? "never" : Integer.toString(pays)));
      }
      rows.put("%s Gbit/s".formatted((int) network), cells);
    }
    rows.forEach(
        (name, cells) ->
            System.out.println("| " + name + " | " + String.join(" | ", cells) + " |"));
  }
}
