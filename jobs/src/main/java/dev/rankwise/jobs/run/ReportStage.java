package dev.rankwise.jobs.run;

import dev.rankwise.adapters.analysis.TaskGates;
import dev.rankwise.adapters.peft.LoadingCode;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.plan.ModuleFigures;
import dev.rankwise.adapters.stack.StackedPlans;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.report.EvaluatedModel;
import dev.rankwise.jobs.report.MemoryPart;
import dev.rankwise.jobs.report.ReportPage;
import dev.rankwise.jobs.report.RunOutcome;
import dev.rankwise.jobs.report.RunReport;
import dev.rankwise.jobs.report.RunSetting;
import dev.rankwise.jobs.report.TunedAdapter;
import dev.rankwise.jobs.report.TunedAdapter.FirstAdapter;
import dev.rankwise.jobs.report.TunedBase;
import dev.rankwise.jobs.report.UsageCommand;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.source.BaseNames;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import dev.rankwise.pipeline.evaluate.Metrics;
import dev.rankwise.pipeline.executor.VectorMemory;
import dev.rankwise.pipeline.tune.LibraryVersion;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Puts {@code report.html} into the run folder.
 *
 * @param folder the run folder, with its adapter in place
 * @param recipe what was asked for
 * @param finished what was reached
 */
record ReportStage(RunFolder folder, Recipe recipe, FinishedRun finished) {
  /** The kind of the packaged corpus, whose location is an artifact's and tells nobody anything. */
  private static final String WORDNET = "wordnet";

  void commit() {
    folder.commitFile(RunFiles.REPORT, ReportPage.of(report()).getBytes(StandardCharsets.UTF_8));
  }

  private RunReport report() {
    return new RunReport(
        "%s on %s".formatted(BaseNames.inHub(recipe.base().model()), sources()),
        new RunOutcome("succeeded", 0, "", finished.started(), finished.finished()),
        base(),
        adapter(),
        setting(),
        commands(),
        finished.data().manifest(),
        finished.steps(),
        finished.tuned().training().heldOut(),
        finished.tuned().allocation(),
        Optional.of(finished.tuned().checks()),
        evaluation(),
        finished.samples(),
        memory(),
        finished.tuned().fingerprint(),
        recipe.toYaml());
  }

  private String sources() {
    return finished.data().manifest().sources().stream()
        .map(source -> source.kind().equals(WORDNET) ? "WordNet 3.1" : source.location())
        .distinct()
        .collect(Collectors.joining(", "));
  }

  private TunedBase base() {
    AdapterPlan plan = finished.tuned().adapter().plan();
    return new TunedBase(
        BaseNames.inHub(recipe.base().model()),
        finished.data().manifest().baseSha256(),
        parameters(plan.base()),
        recipe.base().dtypeName(),
        finished.frozen().form());
  }

  private static long parameters(ModelConfig base) {
    return ModuleTree.of(base).tensors().values().stream()
        .mapToLong(shape -> shape.stream().reduce(1L, Math::multiplyExact))
        .sum();
  }

  private TunedAdapter adapter() {
    AdapterPlan plan = finished.tuned().adapter().plan();
    AdapterPlan own = finished.tuned().stack().map(StackedPlans::second).orElse(plan);
    return new TunedAdapter(
        finished.weights().kind(),
        plan.method().name(),
        figures(own),
        own.matched().targets().entries(),
        plan.method().routers(plan.matched()),
        TaskGates.of(finished.tuned().adapter()),
        finished.tuned().trainedNumbers(),
        finished.tuned().checks().trained().fixed(),
        finished.tuned().stack().map(this::first),
        finished.weights().sha256(),
        finished.weights().bytes());
  }

  private FirstAdapter first(StackedPlans stack) {
    String place = recipe.adapter().frozen().orElseThrow().toString();
    return new FirstAdapter(place, figures(stack.first()), figures(stack.both()));
  }

  private static String figures(AdapterPlan plan) {
    return ModuleFigures.of(plan).map(ModuleFigures::text).orElse("");
  }

  private RunSetting setting() {
    SortedMap<String, String> versions = new TreeMap<>();
    versions.put("rankwise", LibraryVersion.RANKWISE);
    versions.put("libtorch", finished.executors().get(0).libtorch());
    versions.put("java", finished.executors().get(0).java());
    versions.put("spark", org.apache.spark.package$.MODULE$.SPARK_VERSION());
    return new RunSetting(
        recipe.train().seed(),
        finished.master(),
        finished.executors().size(),
        finished.slots(),
        versions);
  }

  private List<UsageCommand> commands() {
    String adapter = folder.address(finished.weights().kind());
    if (finished.weights().kind().equals(RunFiles.MODEL)) {
      return List.of(
          new UsageCommand("Look at it", "./rankwise inspect " + adapter),
          new UsageCommand(
              "Tune an adapter on it", "./rankwise tune RECIPE --set base.model=" + adapter));
    }
    return List.of(
        switch (finished.data().manifest().kind()) {
          case LABELLED ->
              new UsageCommand(
                  "Apply it to a table",
                  "./rankwise apply " + adapter + " --input ROWS.csv --to OUT.csv");
          case SEQUENCES ->
              new UsageCommand(
                  "Let it write",
                  "./rankwise generate %s %s--prompt \"TEXT\"".formatted(folder.address(), task()));
        },
        new UsageCommand("Load it in Hugging Face PEFT", inPeft(adapter)));
  }

  private String task() {
    return finished.tuned().adapter().plan().spec().mixture().routesByTask() ? "--task NAME " : "";
  }

  private String inPeft(String adapter) {
    return String.join(
        "\n",
        LoadingCode.of(
            finished.tuned().adapter().plan(),
            BaseNames.inHub(recipe.base().model()),
            finished.held(),
            adapter));
  }

  private Map<EvaluatedModel, Metrics> evaluation() {
    Map<EvaluatedModel, Metrics> figures = new EnumMap<>(EvaluatedModel.class);
    finished.before().ifPresent(it -> figures.put(EvaluatedModel.FROZEN_BASE, it.metrics()));
    finished.first().ifPresent(it -> figures.put(EvaluatedModel.FIRST_ADAPTER, it.metrics()));
    finished.after().ifPresent(it -> figures.put(EvaluatedModel.ADAPTER, it.metrics()));
    return figures;
  }

  private Map<MemoryPart, Long> memory() {
    Map<MemoryPart, Long> parts = new EnumMap<>(MemoryPart.class);
    if (finished.memory().isEmpty()) {
      return parts;
    }
    long above = finished.memoryAboveIdleBytes();
    long base = finished.frozen().bytes();
    VectorMemory vectors = new VectorMemory(finished.tuned().adapter().plan().layout().size());
    long parameters = vectors.taskBytes() * finished.slots() / finished.executors().size();
    int groups = recipe.train().settings().plan().groups();
    long driver = vectors.optimizerBytes() + vectors.driverBytes(groups);
    parts.put(MemoryPart.PEAK, finished.peakMemoryBytes());
    parts.put(MemoryPart.ABOVE_IDLE, above);
    parts.put(MemoryPart.BASE_MAPPED, base);
    parts.put(MemoryPart.PARAMETERS, parameters);
    parts.put(MemoryPart.OPTIMIZER, driver);
    if (finished.memory().size() == 1) {
      parts.put(MemoryPart.ACTIVATIONS, Math.max(0, above - base - parameters - driver));
    }
    return parts;
  }
}
