package dev.rankwise.jobs.stored;

import dev.rankwise.adapters.peft.AdapterOrigin;
import dev.rankwise.adapters.peft.PeftConfig;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.datasets.chat.ChatFormat;
import dev.rankwise.datasets.chat.RowForm;
import dev.rankwise.datasets.shard.DataManifest;
import dev.rankwise.datasets.shard.ManifestJson;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.conf.SparkSection;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.quantized.BaseForm;
import dev.rankwise.models.source.BaseNames;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * An adapter on disk with what is known of where it comes from.
 *
 * @param path what the user named
 * @param folder the adapter's own folder
 * @param base name of its base
 * @param recipe the recipe of its run; empty if the adapter lies by itself
 * @param settings replacements that the command line gives
 */
public record StoredAdapter(
    Path path, Path folder, String base, Optional<Recipe> recipe, List<String> settings) {
  public StoredAdapter {
    settings = List.copyOf(settings);
  }

  /** Spark's settings: those of the run's recipe, or what the command line gives. */
  SparkSection spark() {
    return recipe.map(Recipe::spark).orElseGet(() -> new SparkSection(given()));
  }

  /** How the run held the base's linear weights; as they are where no recipe tells. */
  public BaseForm baseForm() {
    return recipe.map(it -> it.base().quantization()).orElse(BaseForm.DENSE);
  }

  /** The element type in which the run held the base; float32 where no recipe tells. */
  BaseType baseType() {
    return recipe.map(it -> it.base().dtype()).orElse(BaseType.FLOAT32);
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

  /**
   * Fails where a row's prompt lies in several columns or in a list of turns, which no one column
   * holds.
   */
  void requireOneColumn() {
    form()
        .filter(form -> form != RowForm.PROMPT_COMPLETION && form != RowForm.TEXT)
        .ifPresent(
            form -> {
              throw new UserInputException(
                  ("Cannot tell the prompts: the run was tuned on rows in the form %s, whose prompts"
                          + " lie in no one column; put each into a column of text, such as with"
                          + " --input \"sql:SELECT ...\", and name it with --text-column")
                      .formatted(form.label()));
            });
  }

  /** The column from which the run took what is answered; empty where nothing tells. */
  Optional<String> promptColumn() {
    return form()
        .filter(form -> form.usualFormat().isPresent())
        .map(form -> form.needed().get(0))
        .flatMap(
            name -> recipe.map(it -> it.data().sequences().columns().getOrDefault(name, name)));
  }

  /** The form of the rows that the run was tuned on. */
  private Optional<RowForm> form() {
    return recipe
        .flatMap(it -> it.data().sequences().form())
        .or(
            () ->
                prepared()
                    .map(data -> data.settings().getOrDefault("row-format", ""))
                    .flatMap(RowForm::named));
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
            ("Cannot use --set %s: an adapter by itself has no recipe, so only spark.KEY=VALUE can be"
                    + " set")
                .formatted(setting.substring(0, equals < 0 ? setting.length() : equals)));
      }
      given.put(setting.substring(0, equals), setting.substring(equals + 1));
    }
    return given;
  }

  /**
   * Finds the adapter of a run folder, or in a folder of its own.
   *
   * @param base name of the base; by default that of the run, or the one that the adapter names
   * @param settings replacements of the run's recipe
   * @throws UserInputException if there is no adapter, or nothing says which base it belongs to
   */
  public static StoredAdapter at(Path path, Optional<String> base, List<String> settings) {
    Path inRun = path.resolve(RunFiles.ADAPTER);
    boolean run = Files.isRegularFile(inRun.resolve(PeftConfig.FILE));
    Path folder = run ? inRun : path;
    if (!Files.isRegularFile(folder.resolve(PeftConfig.FILE))) {
      throw new UserInputException(
          "No adapter lies at %s: it needs %s, there or in %s; name a run folder or an adapter"
              .formatted(path, PeftConfig.FILE, inRun));
    }
    Optional<Recipe> recipe =
        run && Files.isRegularFile(path.resolve(RunFiles.RECIPE))
            ? Optional.of(Recipe.read(path.resolve(RunFiles.RECIPE), settings))
            : Optional.empty();
    String named =
        base.or(() -> recipe.map(it -> it.base().model()))
            .or(() -> PeftDirectory.origin(folder).map(AdapterOrigin::base).map(BaseNames::here))
            .orElseThrow(
                () ->
                    new UserInputException(
                        "Nothing says which base adapter %s belongs to; name it with --base"
                            .formatted(folder)));
    return new StoredAdapter(path, folder, named, recipe, settings);
  }
}
