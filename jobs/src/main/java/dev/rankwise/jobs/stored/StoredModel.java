package dev.rankwise.jobs.stored;

import dev.rankwise.adapters.peft.AdapterOrigin;
import dev.rankwise.adapters.peft.BaseHolding;
import dev.rankwise.adapters.peft.PeftConfig;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.datasets.chat.ChatFormat;
import dev.rankwise.datasets.chat.RowForm;
import dev.rankwise.datasets.image.PicturePreparation.Squaring;
import dev.rankwise.datasets.shard.DataManifest;
import dev.rankwise.datasets.shard.ManifestJson;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.conf.SequenceSection.TaskRows;
import dev.rankwise.jobs.conf.SparkSection;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.quantized.BaseForm;
import dev.rankwise.models.source.BaseFiles;
import dev.rankwise.models.source.BaseNames;
import dev.rankwise.pipeline.vision.PictureInput;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A tuned model on disk with what is known of where it comes from: an adapter beside its base, or a
 * whole model, as full tuning and merging leave one.
 *
 * @param path what the user named
 * @param adapter the adapter's own folder; empty of a whole model
 * @param base name of the adapter's base, or of the whole model itself
 * @param untuned name of what it was tuned from; of a whole model empty where nothing tells
 * @param recipe the recipe of its run; empty if it lies by itself
 * @param settings replacements that the command line gives
 */
public record StoredModel(
    Path path,
    Optional<Path> adapter,
    String base,
    Optional<String> untuned,
    Optional<Recipe> recipe,
    List<String> settings) {
  public StoredModel {
    settings = List.copyOf(settings);
  }

  /** Where a file or folder of the run lies, for who reads it by Spark. */
  String address(String name) {
    return FetchedAdapter.isFetched(path)
        ? FetchedAdapter.shown(path) + "/" + name
        : path.resolve(name).toString();
  }

  /** Spark's settings: those of the run's recipe, or what the command line gives. */
  SparkSection spark() {
    return recipe.map(Recipe::spark).orElseGet(() -> new SparkSection(given()));
  }

  /** Whether the command line itself says the value of a key of the recipe. */
  boolean isAsked(String key) {
    return settings.stream().anyMatch(setting -> setting.startsWith(key + "="));
  }

  /**
   * How the base was held in training: as the run's recipe says, else as the adapter does. A whole
   * model is a base of its own, as its files have it.
   */
  public BaseHolding held() {
    Optional<BaseHolding> ofRun = recipe.map(it -> it.base().holding());
    return adapter
        .map(
            folder ->
                ofRun.orElseGet(
                    () ->
                        PeftDirectory.origin(folder)
                            .map(AdapterOrigin::held)
                            .orElseGet(BaseHolding::usual)))
        .orElseGet(
            () ->
                new BaseHolding(
                    BaseForm.DENSE, ofRun.map(BaseHolding::type).orElse(BaseType.FLOAT32)));
  }

  /**
   * How the run wrote conversations, in the words of {@code data.chat-format}; empty where nothing
   * tells, or where the base's own template is the usual way.
   */
  public Optional<String> chatFormat() {
    return recipe
        .map(it -> it.data().sequences())
        .flatMap(
            sequences ->
                sequences.chatFormat().isEmpty()
                    ? form().flatMap(RowForm::usualFormat).map(ChatFormat::label)
                    : Optional.of(sequences.chatFormat()));
  }

  /** The columns that are called otherwise in the run, by the form's own name. */
  Map<String, String> columns() {
    return recipe.map(it -> it.data().sequences().columns()).orElseGet(Map::of);
  }

  /**
   * How it reads pictures; empty where it reads texts alone.
   *
   * @param config its configuration, with what the adapter adds
   */
  Optional<PictureInput> pictures(ModelConfig config) {
    // An adapter by which a decoder sees brings what a base of pictures says itself.
    Path folder =
        config.vision().isPresent()
            ? adapterFolder()
            : SparkBases.source().resolve(base).directory();
    return PictureInput.of(config, folder);
  }

  /**
   * How pictures that are not square become so: as in the run, else what is usual.
   *
   * @param usual what that is with the base
   */
  public Squaring squaring(Squaring usual) {
    return recipe.flatMap(it -> it.data().pictures().squaring()).orElse(usual);
  }

  /**
   * The adapter's own folder.
   *
   * @throws UserInputException if this is a whole model
   */
  public Path adapterFolder() {
    return adapter.orElseThrow(
        () ->
            new UserInputException(
                "No adapter lies at %s: the model there is whole, as %s; use that as it is"
                    .formatted(path, base)));
  }

  /** The form of the rows that the run was tuned on. */
  Optional<RowForm> form() {
    return recipe
        .flatMap(it -> it.data().sequences().form())
        .or(
            () ->
                prepared()
                    .map(data -> data.settings().getOrDefault("row-format", ""))
                    .flatMap(RowForm::named));
  }

  /**
   * How the rows of one of the run's tasks lie; empty where the run has no tasks, or none is named.
   */
  Optional<TaskRows> taskRows(Optional<String> task) {
    return recipe
        .map(Recipe::data)
        .filter(data -> !data.tasks().isEmpty())
        .flatMap(data -> task.map(data::task));
  }

  /** The names of the run's tasks; empty where it has none. */
  List<String> tasks() {
    return recipe
        .map(it -> it.data().tasks().stream().map(TaskRows::name).toList())
        .orElseGet(List::of);
  }

  /** The form of the rows of one of the run's tasks; of all its rows where none is named. */
  Optional<RowForm> form(Optional<String> task) {
    return taskRows(task)
        .flatMap(TaskRows::form)
        .or(
            () ->
                task.flatMap(
                        name ->
                            prepared()
                                .map(it -> it.settings().get("task %s row-format".formatted(name))))
                    .flatMap(RowForm::named))
        .or(this::form);
  }

  private Optional<DataManifest> prepared() {
    Path card = path.resolve(RunFiles.DATA).resolve(ManifestJson.FILE);
    return Files.isRegularFile(card) ? Optional.of(ManifestJson.read(card)) : Optional.empty();
  }

  private SortedMap<String, String> given() {
    SortedMap<String, String> given = new TreeMap<>();
    for (String setting : settings) {
      int equals = setting.indexOf('=');
      if (equals < 0 || !setting.startsWith("spark.")) {
        throw new UserInputException(
            ("Cannot use --set %s: a model by itself has no recipe, so only spark.KEY=VALUE can be"
                    + " set")
                .formatted(setting.substring(0, equals < 0 ? setting.length() : equals)));
      }
      given.put(setting.substring(0, equals), setting.substring(equals + 1));
    }
    return given;
  }

  /** Whether a run folder or an adapter lies there, rather than a base. */
  public static boolean isTuned(Path path) {
    return isAdapter(path) || isAdapter(path.resolve(RunFiles.ADAPTER)) || isRunOfModel(path);
  }

  private static boolean isAdapter(Path folder) {
    return PeftDirectory.isAdapter(folder);
  }

  private static boolean isRunOfModel(Path path) {
    return BaseFiles.isBase(path.resolve(RunFiles.MODEL));
  }

  /**
   * Finds the adapter or the whole model of a run folder, or in a folder of its own.
   *
   * @param base name of what it was tuned from; by default that of the run, or the one that the
   *     adapter names
   * @param settings replacements of the run's recipe
   * @throws UserInputException if there is neither, or nothing says which base an adapter belongs
   *     to
   */
  public static StoredModel at(Path path, Optional<String> base, List<String> settings) {
    Path inRun = path.resolve(RunFiles.ADAPTER);
    boolean run = isAdapter(inRun);
    if (run || isAdapter(path)) {
      Optional<Recipe> recipe = run ? recipe(path, settings) : Optional.empty();
      return ofAdapter(path, run ? inRun : path, base, recipe, settings);
    }
    boolean runOfModel = isRunOfModel(path);
    Path model = runOfModel ? path.resolve(RunFiles.MODEL) : path;
    if (!BaseFiles.isBase(model)) {
      throw new UserInputException(
          ("No tuned model lies at %s: an adapter needs %s, there or in %s, a whole model config.json"
                  + " and its weights, there or in %s; name a run folder, an adapter or a model")
              .formatted(path, PeftConfig.FILE, inRun, path.resolve(RunFiles.MODEL)));
    }
    Optional<Recipe> recipe = runOfModel ? recipe(path, settings) : Optional.empty();
    Optional<String> untuned = base.or(() -> recipe.map(it -> it.base().model()));
    return new StoredModel(path, Optional.empty(), model.toString(), untuned, recipe, settings);
  }

  private static Optional<Recipe> recipe(Path run, List<String> settings) {
    Path file = run.resolve(RunFiles.RECIPE);
    return Files.isRegularFile(file) ? Optional.of(Recipe.read(file, settings)) : Optional.empty();
  }

  private static StoredModel ofAdapter(
      Path path,
      Path folder,
      Optional<String> base,
      Optional<Recipe> recipe,
      List<String> settings) {
    String named =
        base.or(() -> recipe.map(it -> it.base().model()))
            .or(() -> PeftDirectory.origin(folder).map(AdapterOrigin::base).map(BaseNames::here))
            .orElseThrow(
                () ->
                    new UserInputException(
                        "Nothing says which base adapter %s belongs to; name it with --base"
                            .formatted(folder)));
    return new StoredModel(path, Optional.of(folder), named, Optional.of(named), recipe, settings);
  }
}
