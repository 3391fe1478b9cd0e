package dev.rankwise.jobs.conf;

import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.jobs.text.YamlReader;
import dev.rankwise.jobs.text.YamlWriter;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.torch.FloatProducts;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Everything that is decided about a run, from one YAML file and the {@code --set} options of the
 * command line. Stays on the driver.
 *
 * <p>A recipe that exists is valid: reading reports all problems of a file at once, each with its
 * line, its rule and its remedy. The keys are listed in {@code docs/recipe.md}.
 */
public final class Recipe {
  private static final String QUICKSTART = "quickstart.yaml";

  private final RecipeValues values;
  private final BaseSection base;
  private final DataSection data;
  private final AdapterSection adapter;
  private final TrainSection train;
  private final EvaluateSection evaluate;
  private final OutputSection output;
  private final SparkSection spark;
  private final List<String> notes;

  Recipe(RecipeValues values, SparkSection spark, List<String> notes) {
    this.values = values;
    this.base = BaseSection.of(values);
    this.data = DataSection.of(values);
    this.adapter = AdapterSection.of(values);
    this.train = TrainSection.of(values);
    this.evaluate = EvaluateSection.of(values);
    this.output = OutputSection.of(values);
    this.spark = spark;
    this.notes = List.copyOf(notes);
  }

  /**
   * Reads a file.
   *
   * @param sets settings in the form {@code section.key=value} that go before those of the file
   * @throws UserInputException with all problems at once
   */
  public static Recipe read(Path file, List<String> sets) {
    try (InputStream stream = Files.newInputStream(file)) {
      return parse(text(file.toString(), stream), file.toString(), sets);
    } catch (IOException e) {
      throw new UserInputException(
          "Cannot read recipe \"%s\": %s; name a YAML file that can be read"
              .formatted(
                  Redaction.shown(file.toString()),
                  Files.exists(file) ? "it cannot be opened" : "there is no such file"),
          e);
    }
  }

  /**
   * Reads a text.
   *
   * @param name what messages call it
   * @param sets settings in the form {@code section.key=value} that go before those of the text
   * @throws UserInputException with all problems at once
   */
  public static Recipe parse(String yaml, String name, List<String> sets) {
    return new RecipeReader(name).read(yaml, sets);
  }

  /** The recipe of the quick start, {@code conf/quickstart.yaml}. */
  public static Recipe quickstart(List<String> sets) {
    try (InputStream stream = Recipe.class.getResourceAsStream(QUICKSTART)) {
      if (stream == null) {
        throw new InternalException("The recipe of the quick start is not packaged");
      }
      return parse(text(QUICKSTART, stream), QUICKSTART, sets);
    } catch (IOException e) {
      throw new InternalException("The recipe of the quick start cannot be read", e);
    }
  }

  public BaseSection base() {
    return base;
  }

  public DataSection data() {
    return data;
  }

  public AdapterSection adapter() {
    return adapter;
  }

  public TrainSection train() {
    return train;
  }

  public EvaluateSection evaluate() {
    return evaluate;
  }

  public OutputSection output() {
    return output;
  }

  public SparkSection spark() {
    return spark;
  }

  /** How foreign spellings were read, one sentence each, for the user to see. */
  public List<String> notes() {
    return notes;
  }

  /**
   * How replicas compute.
   *
   * @param taskCpus cores of a task, {@code spark.task.cpus}
   * @param floatProducts the faster library on the executors' processors
   */
  public ReplicaSettings replica(int taskCpus, FloatProducts floatProducts) {
    return new ReplicaSettings(
        base.dtype(),
        train.adapterCompute(),
        floatProducts,
        threads(taskCpus),
        train.activations(),
        base.quantization());
  }

  /** Native threads of a task that has {@code taskCpus} cores. */
  public int threads(int taskCpus) {
    return train.threads().orElse(taskCpus);
  }

  /** The recipe as resolved: every key with its value, without secrets. */
  public String toYaml() {
    return RecipeText.of(values, spark);
  }

  /**
   * The settings that decide the bytes of the adapter, by key. What acts through the base and the
   * prepared data, and the number of threads, have their own places in the fingerprint.
   */
  public SortedMap<String, String> settingsThatDecideBits() {
    SortedMap<String, String> settings = new TreeMap<>();
    for (RecipeKey key : RecipeKeys.all()) {
      if (key.decidesBits(values.value(key.name()))) {
        settings.put(key.name(), YamlWriter.value(values.value(key.name())));
      }
    }
    return Collections.unmodifiableSortedMap(settings);
  }

  /**
   * Hash of what is asked for: two recipes with the same hash are one experiment, wherever each
   * leaves its files and on whatever Spark it runs. What lies behind the names of base and rows is
   * not looked at.
   */
  public String sha256() {
    return Sha256.ofText(RecipeText.asked(values, List.copyOf(RecipeKeys.sections().keySet())));
  }

  /** Hash of what the prepared data depend on: the section {@code data} and the base's name. */
  public String dataSha256() {
    return Sha256.ofText(base.model() + "\n" + RecipeText.asked(values, List.of("data")));
  }

  private static String text(String name, InputStream stream) throws IOException {
    // A character takes at most four bytes, so this many hold any recipe that is short enough.
    byte[] bytes = stream.readNBytes(4 * YamlReader.MAXIMUM_CHARACTERS + 1);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new UserInputException(
          "Cannot use recipe \"%s\": it is not UTF-8; save it in that encoding"
              .formatted(Redaction.shown(name)),
          e);
    }
  }
}
