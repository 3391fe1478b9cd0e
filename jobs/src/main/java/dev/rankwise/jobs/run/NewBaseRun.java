package dev.rankwise.jobs.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.adapters.plan.RandomBase;
import dev.rankwise.datasets.chat.ChatFormat;
import dev.rankwise.datasets.chat.FormatRenderer;
import dev.rankwise.datasets.chat.RowForm;
import dev.rankwise.datasets.chat.TextMarks;
import dev.rankwise.datasets.image.ProcessorConfig;
import dev.rankwise.datasets.prepare.PreparationTask;
import dev.rankwise.datasets.prepare.VocabularyTraining;
import dev.rankwise.datasets.shard.ExampleKind;
import dev.rankwise.jobs.conf.DataSection;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.session.FreePlace;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.session.SparkSessions;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.AtomicFile;
import dev.rankwise.models.format.StagedDirectory;
import dev.rankwise.models.format.StrictJson;
import dev.rankwise.models.tokenizer.bpe.BpeSettings;
import dev.rankwise.models.tokenizer.bpe.BpeVocabulary;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;

/**
 * Makes a base that nobody has trained: a byte-level BPE tokenizer trained on the rows that a
 * recipe trains on, in which the marks of their chat format are tokens of their own, and random
 * weights; of a base that reads pictures its random weights alone. Method {@code full} then trains
 * it.
 *
 * @param recipe names the rows, how they are written, which are held out, and the seed
 * @param context where to tell
 */
public record NewBaseRun(Recipe recipe, RunContext context) {
  private static final int MAXIMUM_CONFIG = 1 << 20;
  private static final String CONFIG = "config.json";
  private static final String WEIGHTS = "model.safetensors";

  /**
   * Makes the base.
   *
   * @param config a {@code config.json} that says the architecture; the size of the vocabulary and
   *     the special tokens are put into the base's
   * @param vocabulary number of tokens; empty for a base that reads pictures
   * @param to the folder that is made; it must not exist
   * @throws UserInputException if a number of tokens is missing, or there is one too many
   */
  public void write(Path config, Optional<Integer> vocabulary, Path to) {
    FreePlace.require(to);
    ObjectNode json = StrictJson.read(config, MAXIMUM_CONFIG);
    boolean pictures = json.path("model_type").asText().equals("vit");
    if (pictures == vocabulary.isPresent()) {
      throw new UserInputException(
          "Invalid --vocabulary: %s (a base of texts needs a number of tokens, one that reads pictures has none); %s"
              .formatted(
                  vocabulary.map(String::valueOf).orElse("none"),
                  pictures ? "leave it out" : "say how many tokens it is to have"));
    }
    if (pictures) {
      ofPictures(json, to);
    } else {
      ofTexts(json, vocabulary.get(), to);
    }
  }

  private void ofPictures(ObjectNode json, Path to) {
    try (StagedDirectory staged = StagedDirectory.beside(to)) {
      Path file = staged.path().resolve(CONFIG);
      AtomicFile.write(file, json.toPrettyString() + "\n");
      ModelConfig config = ModelConfig.read(file);
      AtomicFile.write(
          staged.path().resolve(ProcessorConfig.FILE),
          ProcessorConfig.print(ProcessorConfig.usual(config.images().orElseThrow())));
      RandomBase.write(staged.path().resolve(WEIGHTS), config, recipe.train().seed());
      staged.commit();
      context.say("Base       %s  (%s)".formatted(to, config.architecture()));
    }
  }

  private void ofTexts(ObjectNode json, int vocabulary, Path to) {
    try (StagedDirectory staged = StagedDirectory.beside(to)) {
      // The special tokens come first, so that their ids are known before the others.
      ModelConfig planned = written(json, BpeSettings.of(vocabulary), vocabulary, staged.path());
      context.say("Vocabulary");
      BpeVocabulary trained = vocabulary(planned, vocabulary);
      trained.write(staged.path());
      int tokens = trained.tokens().size();
      ModelConfig whole = written(json, trained.settings(), tokens, staged.path());
      RandomBase.write(staged.path().resolve(WEIGHTS), whole, recipe.train().seed());
      staged.commit();
      context.say(
          String.format(
              Locale.ROOT, "Base       %s  (%s, %,d tokens)", to, whole.architecture(), tokens));
    }
  }

  private static ModelConfig written(
      ObjectNode json, BpeSettings settings, int tokens, Path folder) {
    int end = settings.specialTokens().indexOf(settings.end());
    json.put("vocab_size", tokens);
    json.put("bos_token_id", end);
    json.put("eos_token_id", end);
    json.put("pad_token_id", settings.specialTokens().indexOf(settings.padding()));
    json.put("torch_dtype", "float32");
    Path file = folder.resolve(CONFIG);
    AtomicFile.write(file, json.toPrettyString() + "\n");
    return ModelConfig.read(file);
  }

  /** Trains the tokenizer on the rows as they are prepared for the base that is made. */
  private BpeVocabulary vocabulary(ModelConfig base, int size) {
    SparkSession spark = SparkSessions.start("rankwise new-base", recipe.spark());
    try {
      return vocabulary(spark, base, size);
    } finally {
      spark.stop();
    }
  }

  private BpeVocabulary vocabulary(SparkSession spark, ModelConfig base, int size) {
    DataSection data = recipe.data();
    BpeSettings usual = BpeSettings.of(size);
    int positions = base.maximumSequence();
    if (data.sequences().kind(base) == ExampleKind.LABELLED) {
      return training(data.preparation(positions)).train(spark, usual);
    }
    RowForm form = data.form(spark);
    ChatFormat format = format(form);
    TextMarks marks = new TextMarks(usual.end(), usual.end(), "");
    PreparationTask sequences = data.sequences(form, new FormatRenderer(format, marks), positions);
    return training(sequences).train(spark, usual.withFurther(format.marks()));
  }

  private VocabularyTraining training(PreparationTask task) {
    VocabularyTraining training = new VocabularyTraining(recipe.data().rows(), task);
    return recipe.data().evaluationRows().map(training::withEvaluation).orElse(training);
  }

  private ChatFormat format(RowForm form) {
    return recipe
        .data()
        .sequences()
        .format(form)
        .orElseThrow(
            () ->
                new UserInputException(
                    ("Cannot train a vocabulary on rows of the form \"%s\" without a chat format: a"
                            + " base that is only made has no template of its own; name one of the"
                            + " known formats in data.chat-format: %s")
                        .formatted(form.label(), String.join(", ", ChatFormat.labels()))));
  }
}
