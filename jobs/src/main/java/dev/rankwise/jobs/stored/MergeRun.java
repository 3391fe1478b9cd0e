package dev.rankwise.jobs.stored;

import dev.rankwise.adapters.merge.MergedBase;
import dev.rankwise.adapters.merge.MergedWeights;
import dev.rankwise.adapters.peft.AdapterCard;
import dev.rankwise.adapters.peft.BaseHolding;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.adapters.peft.VisionFiles;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.datasets.image.ProcessorConfig;
import dev.rankwise.datasets.prompt.EndTokens;
import dev.rankwise.datasets.prompt.PromptTokens;
import dev.rankwise.jobs.session.FreePlace;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModelTask;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.FileFailure;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.StagedDirectory;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.source.BaseCache;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseSource;
import dev.rankwise.models.tokenizer.HuggingFaceTokenizer;
import dev.rankwise.models.tokenizer.Tokenizer;
import dev.rankwise.pipeline.tune.LibraryVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Merges an adapter into its base, and says how far the merged base computes something else. Needs
 * no Spark job.
 *
 * @param stored the adapter
 * @param context where to tell
 */
public record MergeRun(StoredModel stored, RunContext context) {
  /** Folder within the merged base. */
  private static final String VISION = "vision";

  /**
   * Merges.
   *
   * @param to the folder that is made; it must not exist
   * @param type element type of all weights; empty for the base's own
   * @param shardBytes most bytes of weights in one file
   * @param target which weights of a base in four bits; of another base it changes nothing
   */
  public void write(Path to, Optional<ElementType> type, long shardBytes, MergeTarget target) {
    FreePlace.require(to);
    BaseDirectory base = SparkBases.source().resolve(stored.base());
    ModelConfig config = ModelConfig.read(base.config());
    Adapter adapter = PeftDirectory.read(stored.adapterFolder(), config, base.sha256());
    try (SafetensorsFile file = SafetensorsFile.open(base.weights());
        StagedDirectory staged = StagedDirectory.beside(to)) {
      BaseWeights held = BaseWeights.of(file, adapter.plan().matched().tree());
      BaseWeights frozen = frozen(held, target);
      MergedWeights weights = MergedWeights.of(adapter, frozen);
      MergedBase merged = new MergedBase(weights, base);
      merged.write(staged.path(), type, shardBytes);
      tellTarget(frozen, target);
      endAsTrained(staged.path(), config);
      tellDifference(base, adapter, staged.path());
      tellOtherScores(weights);
      VisionFiles.embedding(adapter)
          .ifPresent(embedding -> writeEmbedding(staged.path(), to, embedding));
      staged.commit();
    }
    context.say("Merged     " + to);
  }

  /** What a decoder sees by is no part of a plain decoder, and becomes its adapter. */
  private void writeEmbedding(Path merged, Path to, Adapter embedding) {
    String sha256 = new BaseSource(BaseCache.defaultRoot()).resolve(merged.toString()).sha256();
    AdapterCard card = AdapterCard.of(LibraryVersion.RANKWISE, to.toString(), sha256);
    PeftDirectory.create(merged.resolve(VISION), embedding, card);
    Path processor = stored.adapterFolder().resolve(ProcessorConfig.FILE);
    if (Files.exists(processor)) {
      try {
        Files.copy(processor, merged.resolve(VISION).resolve(ProcessorConfig.FILE));
      } catch (IOException e) {
        throw FileFailure.writing(merged.resolve(VISION), e);
      }
    }
    context.say("Sees       by its embedding of patches, the adapter " + to.resolve(VISION));
  }

  /**
   * The weights that the adapter is added to.
   *
   * @throws UserInputException if the original ones are wanted of a base that is stored in four
   *     bits
   */
  private BaseWeights frozen(BaseWeights held, MergeTarget target) {
    if (target == MergeTarget.DEQUANTISED) {
      return held.in(stored.held().form(), stored.held().type().stored());
    }
    if (held.isInFourBits()) {
      throw new UserInputException(
          ("Cannot merge into the original weights: base %s, on which the adapter was trained, is stored"
                  + " in four bits, so they are not there; use --into %s")
              .formatted(stored.base(), MergeTarget.DEQUANTISED.label()));
    }
    return held;
  }

  private void tellTarget(BaseWeights frozen, MergeTarget target) {
    if (frozen.isInFourBits()) {
      context.say(
          "Weights    what four bits leave of the base's, on which the adapter was trained");
    } else if (stored.held().isInFourBits()) {
      context.say(
          "Weights    the base's own, by --into %s; the adapter was trained on them in %s"
              .formatted(target.label(), stored.held().form().label()));
    }
  }

  /**
   * Makes the merged base end its answers where the run's training data did. A mark of several
   * tokens has no place in its files, so it is told.
   */
  private void endAsTrained(Path merged, ModelConfig config) {
    boolean answers = config.task() == ModelTask.CAUSAL_LANGUAGE_MODEL;
    Path file = merged.resolve("tokenizer.json");
    if (!answers || stored.recipe().isEmpty() || !Files.exists(file)) {
      return;
    }
    try (Tokenizer tokenizer = HuggingFaceTokenizer.open(file)) {
      PromptTokens prompts = PromptTokens.of(merged, tokenizer, stored.chatFormat());
      EndTokens.write(merged, prompts)
          .ifPresent(
              ids ->
                  context.say(
                      "Ends       at tokens %s by generation_config.json, as the run's answers do"
                          .formatted(ids)));
      for (String mark : prompts.endTexts()) {
        context.say(
            "Ends       an answer ends with \"%s\", several tokens: let the server stop there"
                .formatted(mark));
      }
    }
  }

  /** A merge that is right and yet gives another model must not look like any other. */
  private void tellOtherScores(MergedWeights weights) {
    if (weights.changesScores()) {
      context.say(
          "Note: the output embedding shares the token table, which the adapter changes, so what is"
              + " merged is not the model that was tuned, as with PEFT; serve the base with the"
              + " adapter beside it, or tune the output embedding as well, which gives it a weight"
              + " of its own");
    }
  }

  /**
   * Both compute in float32, so what differs is what merging and the type of weights change; but
   * beside a base in four bits the adapter computes in the type that these were made of, whose
   * rounding counts too.
   */
  private void tellDifference(BaseDirectory base, Adapter adapter, Path merged) {
    ModelConfig whole = adapter.plan().base();
    // Codes go by the type that the base was rounded to, so a base in four bits is computed in it.
    BaseHolding held = stored.held().unlessAsItIs();
    float[][] beside =
        LogitsProbe.outputs(
            base,
            whole,
            adapter.plan().attachment(),
            adapter.values(),
            LogitsProbe.settings(held.type()).with(held.form()));
    ModelConfig own = ModelConfig.read(merged.resolve("config.json"));
    ModelConfig headed = whole.labels().isEmpty() ? own : own.forClassification(whole.labels());
    float[][] alone = LogitsProbe.outputsOfStaged(merged, headed, BaseType.FLOAT32);
    context.say("Logits     merged and beside the base " + LogitsProbe.difference(beside, alone));
    if (held.isInFourBits() && held.type() == BaseType.BFLOAT16) {
      context.say("           beside the base in bfloat16, whose rounding is part of that");
    }
  }
}
