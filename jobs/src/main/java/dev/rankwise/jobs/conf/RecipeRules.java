package dev.rankwise.jobs.conf;

import dev.rankwise.adapters.plan.ContinuedAdapter;
import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.adapters.spec.ExpertMixture.Router;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.jobs.conf.SettingsByKey.Setting;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.models.failure.RankwiseException;
import dev.rankwise.models.quantized.BaseForm;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What must hold between the values of several keys, and what only the engine can tell of one. */
final class RecipeRules {
  private final RecipeValues values;
  private final Map<String, Setting> settings;
  private final Problems problems;

  RecipeRules(RecipeValues values, Map<String, Setting> settings, Problems problems) {
    this.values = values;
    this.settings = settings;
    this.problems = problems;
  }

  void check() {
    required("base.model", "name a base, such as minilm or a folder");
    boolean inOneSource = values.has("data.task-column");
    boolean ofTasks = !SequenceSection.TaskRows.names(values).isEmpty() && !inOneSource;
    if (!ofTasks) {
      required("data.source", "name the rows, such as a path, table:NAME or wordnet");
    }
    if (inOneSource) {
      beside("data.task-column", "data.tasks");
    } else {
      apart("data.tasks", "data.source", "data.evaluation-source");
    }
    apart("data.test-fraction", "data.test-rows", "data.train-rows", "data.evaluation-source");
    apart("data.test-rows", "data.evaluation-source");
    for (String column : List.of("data.group-column", "data.stratify-column")) {
      apart(column, "data.tasks", "data.test-rows", "data.train-rows", "data.evaluation-source");
    }
    apart("data.group-column", "data.stratify-column");
    apart("train.warmup-fraction", "train.warmup-steps");
    requireOneNumberOfExperts();
    requireGroupedTasks();
    beside("evaluate.patience", "evaluate.every-steps");
    requireLoraForDora();
    requireTripletsToGo();
    // A key that does not hold has its default here, so that the engine may judge the others.
    RecipeValues labelled =
        requireDistinct("data.labels") ? values : values.with("data.labels", List.of());
    RecipeValues tasked = requireTasks() ? labelled : labelled.with("data.tasks", Map.of());
    CleaningSection.parts(tasked).forEach(this::engine);
    RecipeValues known =
        CleaningSection.isReadable(tasked) ? tasked : CleaningSection.without(tasked);
    engine(() -> DataSection.of(known).preparation(Integer.MAX_VALUE));
    if (values.has("data.source") && !ofTasks) {
      engine(() -> DataSection.of(known).rows());
      engine(() -> DataSection.of(known).evaluationRows());
    }
    engine(
        () ->
            SequenceSection.of(values)
                .requireColumns(values.text("data.key-column"), values.text("data.image-column")));
    RecipeValues layered =
        requireLayersFit()
            ? values
            : values.with("adapter.layers", List.of()).with("adapter.layers-pattern", List.of());
    engine(() -> AdapterSection.of(layered));
    engine(() -> TrainSection.of(values));
    requireFrozen("base.quantization");
    EvaluateSection.Gate.problems(values)
        .forEach(problem -> problems.add(settings.get("evaluate.gates").place(), problem));
    OutputSection.Tracking.problems(values)
        .forEach(problem -> problems.add(settings.get("tracking.mlflow").place(), problem));
    apart("adapter.frozen", "adapter.start");
    if (values.has("adapter.start")) {
      requireContinuable();
    }
  }

  /** Whether each of the tasks that the recipe names says what it must; and whether they fit. */
  private boolean requireTasks() {
    int before = problems.count();
    List<String> names = SequenceSection.TaskRows.names(values);
    for (String name : names) {
      List<String> wrong = SequenceSection.TaskRows.problems(values, name);
      wrong.forEach(problem -> problems.add(settings.get("data.tasks").place(), problem));
      if (wrong.isEmpty() && !values.has("data.task-column")) {
        engine(() -> SequenceSection.TaskRows.of(values, name).rows());
      }
    }
    if (!names.isEmpty() && values.text("data.row-format").equals(SequenceSection.LABELLED)) {
      problems.add(
          settings.get("data.tasks").place(),
          "data.tasks and data.row-format labelled contradict each other: rows of tasks are"
              + " conversations or texts; leave one of them out");
    }
    boolean known = problems.count() == before;
    requireRoutedTasks(names);
    return known;
  }

  /** A router by task needs rows that say theirs, of as many tasks as it knows. */
  private void requireRoutedTasks(List<String> names) {
    String router = values.text("adapter.router");
    boolean byTask =
        values.text("adapter.method").equals("moe-lora") && !router.equals(Words.of(Router.TOKEN));
    if (byTask && names.isEmpty()) {
      problems.add(
          settings.get("adapter.router").place(),
          ("adapter.router %s needs data.tasks beside it, which says what task each row is of; name"
                  + " the tasks, or set adapter.router to token")
              .formatted(router));
    }
    if (byTask && !names.isEmpty() && isGiven("adapter.tasks") && values.has("adapter.tasks")) {
      int tasks = values.whole("adapter.tasks");
      if (tasks != names.size()) {
        problems.add(
            settings.get("adapter.tasks").place(),
            "adapter.tasks is %s, and data.tasks names %s (%s); leave adapter.tasks out"
                .formatted(tasks, names.size(), Redaction.shown(String.join(", ", names))));
      }
    }
  }

  /** What trains every weight keeps none in four bits. */
  private void requireFrozen(String key) {
    if (isGiven(key)
        && !values.text(key).equals(BaseForm.DENSE.label())
        && values.text("adapter.method").equals("full")) {
      problems.add(
          settings.get(key).place(),
          "%s and adapter.method full contradict each other: full fine-tuning holds every weight in"
                  .formatted(key)
              + " float32; choose an adapter such as lora, or set it to none");
    }
  }

  /** What an adapter begins as is what such an adapter holds. */
  private void requireContinuable() {
    engine(
        () ->
            ContinuedAdapter.problem(AdapterSection.of(values).spec())
                .ifPresent(
                    problem -> problems.add(settings.get("adapter.start").place(), problem)));
  }

  /** A recipe as resolved says the default beside the numbers that go before it. */
  private void requireOneNumberOfExperts() {
    String key = "adapter.experts";
    List<Integer> byLayer = values.wholes("adapter.experts-by-layer");
    int experts = values.whole(key);
    boolean usual = experts == ExpertMixture.usual().experts();
    if (!byLayer.isEmpty() && isGiven(key) && !usual && experts != Collections.max(byLayer)) {
      problems.add(
          settings.get(key).place(),
          "%s is %s, and adapter.experts-by-layer says %s; leave %s out"
              .formatted(key, experts, byLayer, key));
    }
  }

  /** Each task belongs to a group, and no other does. */
  private void requireGroupedTasks() {
    String key = "adapter.task-groups";
    Set<String> grouped = values.textsByName(key).keySet();
    List<String> tasks = SequenceSection.TaskRows.names(values);
    if (!grouped.isEmpty() && !grouped.equals(Set.copyOf(tasks))) {
      problems.add(
          settings.get(key).place(),
          ("%s groups the tasks %s, and data.tasks names %s (must be the same); give each task its"
                  + " group")
              .formatted(
                  key,
                  Redaction.shown(String.join(", ", grouped)),
                  tasks.isEmpty() ? "none" : Redaction.shown(String.join(", ", tasks))));
    }
  }

  /** The switch is PEFT's, which has it for LoRA alone; experts of a mixture are LoRA's. */
  private void requireLoraForDora() {
    String method = values.text("adapter.method");
    if (values.truth("adapter.use-dora") && !Set.of("lora", "dora", "moe-lora").contains(method)) {
      problems.add(
          settings.get("adapter.use-dora").place(),
          ("adapter.use-dora makes dora of method lora and of experts, and method %s has no"
                  + " magnitudes; leave it out, or set adapter.method to dora")
              .formatted(method));
    }
  }

  /** AdaLoRA decides which triplets go, so some must. */
  private void requireTripletsToGo() {
    if (!values.text("adapter.method").equals("adalora")) {
      return;
    }
    int rank = values.whole("adapter.rank");
    int target = MethodKeys.allocation(values).targetRank();
    if (target >= rank) {
      String key = isGiven("adapter.target-rank") ? "adapter.target-rank" : "adapter.rank";
      Setting given = settings.get(key);
      String problem =
          ("adapter.target-rank is %s and adapter.rank %s (adalora starts at the second and ends at the"
                  + " first, which must be less); raise adapter.rank or lower adapter.target-rank")
              .formatted(target, rank);
      if (given == null) {
        problems.add(problem);
      } else {
        problems.add(given.place(), problem);
      }
    }
  }

  private void required(String key, String remedy) {
    if (!values.has(key) && !isGiven(key)) {
      problems.add("%s is missing; %s".formatted(key, remedy));
    }
  }

  /** The first key excludes each of the others. */
  private void apart(String key, String... others) {
    for (String other : others) {
      if (isGiven(key) && isGiven(other)) {
        problems.add(
            settings.get(other).place(),
            "%s and %s contradict each other; keep one and set the other to null"
                .formatted(key, other));
      }
    }
  }

  /** The first key means nothing without the second. */
  private void beside(String key, String other) {
    if (isGiven(key) && !isGiven(other)) {
      problems.add(
          settings.get(key).place(),
          "%s needs %s beside it; give both or neither".formatted(key, other));
    }
  }

  /** Whether a list names each entry once. */
  private boolean requireDistinct(String key) {
    Set<String> seen = new LinkedHashSet<>();
    Set<String> again = new LinkedHashSet<>();
    for (String entry : values.texts(key)) {
      if (!seen.add(entry)) {
        again.add("\"" + Redaction.shown(entry) + "\"");
      }
    }
    if (!again.isEmpty()) {
      problems.add(
          settings.get(key).place(),
          "%s names %s more than once; name each once".formatted(key, String.join(", ", again)));
    }
    return again.isEmpty();
  }

  /** Whether the keys that choose layers have beside them what they choose from. */
  private boolean requireLayersFit() {
    String layers = "adapter.layers";
    String pattern = "adapter.layers-pattern";
    boolean chosen = !values.wholes(layers).isEmpty();
    if (chosen && isExpression(values.value("adapter.targets"))) {
      problems.add(
          settings.get(layers).place(),
          "%s needs a list in adapter.targets, not the expression \"%s\"; list the modules, or name"
                  .formatted(layers, Redaction.shown(values.text("adapter.targets")))
              + " the layers in the expression and leave adapter.layers out");
      return false;
    }
    if (!chosen && !values.texts(pattern).isEmpty()) {
      beside(pattern, layers);
      return false;
    }
    return true;
  }

  private static boolean isExpression(Object targets) {
    return targets instanceof String text && !text.equalsIgnoreCase(ModuleChoice.ALL_LINEAR);
  }

  private boolean isGiven(String key) {
    return settings.containsKey(key) && !settings.get(key).value().isNull();
  }

  private void engine(Runnable conversion) {
    try {
      conversion.run();
    } catch (RankwiseException e) {
      problems.add(e.getMessage());
    }
  }
}
