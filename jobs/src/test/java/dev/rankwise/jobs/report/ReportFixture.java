package dev.rankwise.jobs.report;

import dev.rankwise.adapters.adalora.Decision;
import dev.rankwise.adapters.analysis.TaskGates;
import dev.rankwise.datasets.shard.DataManifest;
import dev.rankwise.datasets.shard.ExampleKind;
import dev.rankwise.datasets.shard.Funnel;
import dev.rankwise.datasets.shard.LengthHistogram;
import dev.rankwise.datasets.shard.SplitManifest;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.datasets.source.SourceDescription;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.pipeline.evaluate.ClassificationMetrics;
import dev.rankwise.pipeline.evaluate.Metrics;
import dev.rankwise.pipeline.executor.FrozenBase;
import dev.rankwise.pipeline.plan.RunFingerprint;
import dev.rankwise.pipeline.train.HeldOutLoss;
import dev.rankwise.pipeline.train.RouterFigures;
import dev.rankwise.pipeline.train.StepMetrics;
import dev.rankwise.pipeline.train.StepTimes;
import dev.rankwise.pipeline.tune.AllocationRecord;
import dev.rankwise.pipeline.tune.RunChecks;
import dev.rankwise.pipeline.tune.TrainedTensors;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** Reports of runs that look like real ones, all from a seed. */
final class ReportFixture {
  /** The lexicographer files of WordNet's nouns. */
  static final List<String> WORDNET =
      List.of(
          "Tops",
          "act",
          "animal",
          "artifact",
          "attribute",
          "body",
          "cognition",
          "communication",
          "event",
          "feeling",
          "food",
          "group",
          "location",
          "motive",
          "object",
          "person",
          "phenomenon",
          "plant",
          "possession",
          "process",
          "quantity",
          "relation",
          "shape",
          "state",
          "substance",
          "time");

  private static final String HASH =
      "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

  private List<String> labels = WORDNET;
  private int steps = 250;
  private String task = "all-MiniLM-L6-v2 on WordNet glosses";
  private RunOutcome outcome =
      new RunOutcome(
          "finished",
          0,
          "",
          Instant.parse("2026-03-04T05:06:07Z"),
          Instant.parse("2026-03-04T05:09:48Z"));
  private String recipe =
      "base: minilm\ndata:\n  source: wordnet\nadapter:\n  method: lora\n  rank: 8\n";
  private final Map<EvaluatedModel, Double> accuracy = new EnumMap<>(EvaluatedModel.class);
  private final Map<MemoryPart, Long> memory = new EnumMap<>(MemoryPart.class);
  private final List<SamplePrediction> samples = new ArrayList<>();
  private List<String> routers = List.of();
  private Map<String, Map<String, List<Double>>> gates = Map.of();
  private String method = "lora";
  private final List<Decision> decisions = new ArrayList<>();
  private boolean clean;
  private double lossAtStepSix = Double.POSITIVE_INFINITY;

  /** The quick start as it should go. */
  static ReportFixture quickStart() {
    ReportFixture fixture = new ReportFixture();
    fixture.accuracy.put(EvaluatedModel.FROZEN_BASE, 0.64);
    fixture.accuracy.put(EvaluatedModel.ADAPTER, 0.785);
    fixture.memory.put(MemoryPart.PEAK, 1_470_000_000L);
    fixture.memory.put(MemoryPart.ABOVE_IDLE, 612_000_000L);
    fixture.memory.put(MemoryPart.BASE_MAPPED, 90_900_000L);
    fixture.samples.add(
        new SamplePrediction(
            "any of various burrowing animals of the family Leporidae having long ears and short"
                + " tails",
            "animal",
            "animal",
            "animal"));
    fixture.samples.add(new SamplePrediction("a sudden short attack", "act", "event", "act"));
    fixture.samples.add(
        new SamplePrediction("the quality of being lucid", "attribute", "cognition", "cognition"));
    return fixture;
  }

  ReportFixture labels(List<String> names) {
    labels = names;
    return this;
  }

  ReportFixture numberedLabels(int count) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      names.add("class " + i);
    }
    return labels(names);
  }

  ReportFixture steps(int count) {
    steps = count;
    return this;
  }

  ReportFixture task(String words) {
    task = words;
    return this;
  }

  ReportFixture recipe(String text) {
    recipe = text;
    return this;
  }

  ReportFixture outcome(RunOutcome ended) {
    outcome = ended;
    return this;
  }

  ReportFixture samples(List<SamplePrediction> shown) {
    samples.clear();
    samples.addAll(shown);
    return this;
  }

  ReportFixture lossAtStepSix(double loss) {
    lossAtStepSix = loss;
    return this;
  }

  ReportFixture accuracy(EvaluatedModel model, double share) {
    accuracy.put(model, share);
    return this;
  }

  ReportFixture without(EvaluatedModel model) {
    accuracy.remove(model);
    return this;
  }

  /** A method that leaves a base and no adapter. */
  ReportFixture leavingABase(String name) {
    method = name;
    return this;
  }

  /** With a router of two experts in each of these modules. */
  ReportFixture gates(Map<String, Map<String, List<Double>>> byTask) {
    gates = byTask;
    return this;
  }

  ReportFixture routers(String... paths) {
    routers = List.of(paths);
    return this;
  }

  private Optional<RouterFigures> routed() {
    return routers.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new RouterFigures(
                1.25, 2, 0.5, 0.1, routers.stream().map(path -> List.of(0.75, 0.25)).toList()));
  }

  ReportFixture cleanData() {
    clean = true;
    return this;
  }

  /** With rank moved from one module to another, in so many decisions. */
  ReportFixture decisions(int count) {
    for (int i = 0; i < count; i++) {
      boolean late = i > count / 2;
      decisions.add(
          new Decision(
              i,
              late ? 3 : 4,
              0.5f,
              new TreeMap<>(
                  Map.of(
                      "layer.0.attention.self.query", List.of(true, !late, true),
                      "layer.<1>.attention.self.value", List.of(false, true, false)))));
    }
    return this;
  }

  ReportFixture withoutMemory() {
    memory.clear();
    return this;
  }

  /** {@code usual} with other figures on the held-out rows. */
  static RunReport evaluated(RunReport usual, Map<EvaluatedModel, Metrics> evaluation) {
    return new RunReport(
        usual.task(),
        usual.outcome(),
        usual.base(),
        usual.adapter(),
        usual.setting(),
        usual.commands(),
        usual.data(),
        usual.steps(),
        usual.heldOut(),
        usual.allocation(),
        usual.checks(),
        evaluation,
        usual.samples(),
        usual.memory(),
        usual.fingerprint(),
        usual.recipe());
  }

  RunReport report() {
    DataManifest data = data();
    Map<EvaluatedModel, Metrics> evaluation = new EnumMap<>(EvaluatedModel.class);
    accuracy.forEach((model, share) -> evaluation.put(model, evaluation(data, model, share)));
    return new RunReport(
        task,
        outcome,
        new TunedBase("all-MiniLM-L6-v2", HASH, 22_713_216, "float32", ""),
        new TunedAdapter(
            method.equals("lora") ? RunFiles.ADAPTER : RunFiles.MODEL,
            method,
            "rank 8, alpha 16",
            List.of("query", "key", "value", "dense"),
            routers,
            new TaskGates(gates),
            1_324_826,
            0,
            Optional.empty(),
            outcome.exitCode() == 0 ? HASH.replace('9', 'b') : "",
            5_307_112),
        new RunSetting(
            17,
            "local[2]",
            1,
            2,
            new TreeMap<>(Map.of("rankwise", "0.1.0", "spark", "3.5.9", "pytorch", "2.7.1"))),
        List.of(
            new UsageCommand(
                "Load it in Hugging Face PEFT",
                "from peft import PeftModel\n"
                    + "model = PeftModel.from_pretrained(base, \"runs/quickstart/adapter\")"),
            new UsageCommand(
                "Answer a table of texts",
                "./rankwise apply runs/quickstart --set data.source=texts.csv")),
        data,
        steps(),
        List.of(new HeldOutLoss(1, 3.2), new HeldOutLoss(2, 2.9)),
        new AllocationRecord(
            decisions, decisions.stream().map(made -> 1.0 / (1 + made.step())).toList()),
        Optional.of(
            new RunChecks(
                new TrainedTensors(146, 0, List.of(), 250), new FrozenBase(List.of(HASH), 1))),
        evaluation,
        samples,
        memory,
        fingerprint(),
        recipe);
  }

  private List<StepMetrics> steps() {
    SplittableRandom random = new SplittableRandom(3);
    List<StepMetrics> all = new ArrayList<>();
    for (int step = 1; step <= steps; step++) {
      double progress = (double) step / steps;
      double loss = 0.75 + 2.5 * Math.exp(-7 * progress) + 0.35 * (random.nextDouble() - 0.5);
      boolean odd = step == 6 && !Double.isInfinite(lossAtStepSix);
      double compute = 0.78 + 0.12 * random.nextDouble();
      StepTimes times =
          new StepTimes(compute + 0.0545, compute, 0.042, 0.0016, 0.0041, 0.0022, 0.0019, 0.0027);
      double warmUp = 0.06;
      double rate = progress < warmUp ? progress / warmUp : (1 - progress) / (1 - warmUp);
      all.add(
          new StepMetrics(
              step,
              steps,
              0,
              odd ? lossAtStepSix : loss,
              1e-3 * rate,
              1.2 + 2 * Math.exp(-5 * progress) + random.nextDouble(),
              32,
              480 + random.nextInt(90),
              !odd,
              routed(),
              Map.of(),
              times));
    }
    return all;
  }

  private DataManifest data() {
    SplittableRandom random = new SplittableRandom(5);
    SplitManifest train = split(8_000, random);
    SplitManifest test = split(2_000, random);
    Funnel funnel =
        new Funnel(
            82_192,
            clean
                ? Map.of()
                : Map.of(RejectionReason.EMPTY_TEXT, 812L, RejectionReason.DUPLICATE, 2_371L),
            82_192 - 10_000 - (clean ? 0 : 3_183),
            8_000,
            2_000,
            clean ? 0 : 3);
    return new DataManifest(
        DataManifest.FORMAT,
        DataManifest.VERSION,
        ExampleKind.LABELLED,
        HASH,
        HASH,
        HASH,
        HASH,
        128,
        List.of(new SourceDescription("wordnet", "noun glosses", HASH)),
        Map.of(),
        labels,
        List.of(),
        train,
        test,
        funnel,
        List.of());
  }

  private SplitManifest split(int examples, SplittableRandom random) {
    int[] lengths = new int[examples];
    List<Long> counts = new ArrayList<>();
    double weights = 0;
    for (int label = 0; label < labels.size(); label++) {
      counts.add(0L);
      weights += weight(label);
    }
    for (int i = 0; i < examples; i++) {
      double sum = 0;
      for (int j = 0; j < 4; j++) {
        sum += -Math.log(1 - random.nextDouble());
      }
      lengths[i] = Math.min(128, 3 + (int) (3.6 * sum));
      double drawn = random.nextDouble() * weights;
      int label = 0;
      while (label + 1 < labels.size() && drawn > weight(label)) {
        drawn -= weight(label);
        label++;
      }
      counts.set(label, counts.get(label) + 1);
    }
    return new SplitManifest(
        examples,
        examples,
        15L * examples,
        examples,
        0.25,
        3,
        HASH,
        LengthHistogram.of(lengths, 128),
        counts,
        List.of(),
        List.of());
  }

  private double weight(int label) {
    return 1.0 / (1 + (label * 7 + 3) % labels.size());
  }

  private ClassificationMetrics evaluation(DataManifest data, EvaluatedModel model, double share) {
    SplittableRandom random = new SplittableRandom(model.legend().label().length());
    int classes = labels.size();
    int[] truth = new int[2_000];
    int[] predicted = new int[2_000];
    int row = 0;
    for (int label = 0; label < classes; label++) {
      double skill = Math.min(0.99, share + 0.25 * Math.sin(label));
      for (int i = 0; i < data.test().labelCounts().get(label); i++) {
        truth[row] = label;
        double wrong = random.nextDouble();
        int other = (label + 1 + (int) (wrong * wrong * (classes - 1))) % classes;
        predicted[row] = random.nextDouble() < skill ? label : other;
        row++;
      }
    }
    return ClassificationMetrics.of(labels, truth, predicted, 2_000 * (1.4 - share));
  }

  private static RunFingerprint fingerprint() {
    return new RunFingerprint(
        HASH,
        HASH,
        HASH,
        HASH,
        new TreeMap<>(Map.of("train.seed", "17", "train.groups", "8")),
        HASH,
        new TreeMap<>(Map.of("pytorch", "2.7.1")),
        1);
  }
}
