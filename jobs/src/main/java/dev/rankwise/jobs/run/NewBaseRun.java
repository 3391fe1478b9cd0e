package dev.rankwise.jobs.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.adapters.plan.RandomBase;
import dev.rankwise.datasets.chat.RowForm;
import dev.rankwise.datasets.example.TurnColumns;
import dev.rankwise.datasets.prepare.SplitRule;
import dev.rankwise.datasets.prepare.VocabularyTraining;
import dev.rankwise.jobs.conf.DataSection;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.session.SparkSessions;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.AtomicFile;
import dev.rankwise.models.format.StagedDirectory;
import dev.rankwise.models.format.StrictJson;
import dev.rankwise.models.tokenizer.bpe.BpeSettings;
import dev.rankwise.models.tokenizer.bpe.BpeVocabulary;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.apache.spark.sql.SparkSession;

/**
 * Makes a base that nobody has trained: a byte-level BPE tokenizer trained on the rows of a recipe
 * that are not held out, and random weights. Method {@code full} then trains it.
 *
 * @param recipe names the rows, the column with the text, the held-out share and the seed
 * @param context where to tell
 */
public record NewBaseRun(Recipe recipe, RunContext context) {
  private static final int MAXIMUM_CONFIG = 1 << 20;

  /**
   * Makes the base.
   *
   * @param config a {@code config.json} that says the architecture; the size of the vocabulary and
   *     the special tokens are put into the base's
   * @param vocabulary number of tokens
   * @param to the folder that is made; it must not exist
   */
  public void write(Path config, int vocabulary, Path to) {
    if (Files.exists(to)) {
      throw new UserInputException(
          "Cannot write %s: something lies there already; name a place that is free".formatted(to));
    }
    ObjectNode json = StrictJson.read(config, MAXIMUM_CONFIG);
    VocabularyTraining training = training();
    try (StagedDirectory staged = StagedDirectory.beside(to);
        SparkSession spark = SparkSessions.start("rankwise new-base", recipe.spark())) {
      context.say("Vocabulary");
      BpeVocabulary trained = training.train(spark, BpeSettings.of(vocabulary));
      trained.write(staged.path());
      int end = trained.settings().specialTokens().indexOf(trained.settings().end());
      json.put("vocab_size", trained.tokens().size());
      json.put("bos_token_id", end);
      json.put("eos_token_id", end);
      json.put(
          "pad_token_id", trained.settings().specialTokens().indexOf(trained.settings().padding()));
      json.put("torch_dtype", "float32");
      AtomicFile.write(
          staged.path().resolve("config.json"),
          (json.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8));
      ModelConfig whole = ModelConfig.read(staged.path().resolve("config.json"));
      RandomBase.write(staged.path().resolve("model.safetensors"), whole, recipe.train().seed());
      staged.commit();
      context.say(
          String.format(
              Locale.ROOT,
              "Base       %s  (%s, %,d tokens)",
              to,
              whole.architecture(),
              trained.tokens().size()));
    }
  }

  private VocabularyTraining training() {
    DataSection data = recipe.data();
    if (!(data.split() instanceof SplitRule.Fraction held)) {
      throw new UserInputException(
          "Cannot train a vocabulary on rows that are not split by data.test-fraction (the held-out"
              + " rows shape no token); set it, to 0 if no row is held out");
    }
    TurnColumns columns =
        new TurnColumns(RowForm.TEXT, data.sequences().columns(), data.columns().key());
    return new VocabularyTraining(
        data.rows(), columns.asked().names().get(0), data.columns().key(), held);
  }
}
