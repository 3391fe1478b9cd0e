package dev.rankwise.models.config;

import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.StrictJson;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/**
 * What {@code config.json} says of a base, as far as it is computed here.
 *
 * @param modelType family, as {@code model_type} spells it: {@code bert}, {@code gpt2} …
 * @param architecture class that PyTorch would build, such as {@code BertForSequenceClassification}
 * @param task what stands on top of the blocks
 * @param hiddenSize width of the hidden states
 * @param layers number of blocks
 * @param heads number of query heads
 * @param keyValueHeads number of key and value heads; divides {@code heads}
 * @param headSize width of one head
 * @param intermediateSize width between the two products of a block's feed-forward part
 * @param vocabularySize entries of the token table; 0 where there is none
 * @param maximumPositions entries of the position table, or the longest sequence trained on
 * @param typeVocabularySize entries of the segment table; 0 where there is none
 * @param normEpsilon ε of the norms
 * @param activation function of the feed-forward part
 * @param padTokenId id of the padding token, -1 where there is none; RoBERTa counts positions from
 *     it
 * @param initializerRange standard deviation of fresh weights
 * @param labels names of the classes in the order of the scores; empty without a classifier
 * @param tiedEmbeddings whether the output embedding is the token table
 * @param attentionBias whether the attention's projections have biases
 * @param feedForwardBias whether the feed-forward part's projections have biases
 * @param decoder what the blocks of a causal decoder do; empty for an encoder
 * @param images the pictures that the base reads; empty where it reads tokens
 * @param vision what lets a decoder see pictures among its tokens; empty where it does not
 */
public record ModelConfig(
    String modelType,
    String architecture,
    ModelTask task,
    int hiddenSize,
    int layers,
    int heads,
    int keyValueHeads,
    int headSize,
    int intermediateSize,
    int vocabularySize,
    int maximumPositions,
    int typeVocabularySize,
    double normEpsilon,
    Activation activation,
    int padTokenId,
    double initializerRange,
    List<String> labels,
    boolean tiedEmbeddings,
    boolean attentionBias,
    boolean feedForwardBias,
    Optional<DecoderConfig> decoder,
    Optional<ImageShape> images,
    Optional<VisionEmbedding> vision) {

  private static final long MAXIMUM_FILE = 16L << 20;

  public ModelConfig {
    labels = List.copyOf(labels);
  }

  /**
   * Reads a {@code config.json}; every number is checked against its range.
   *
   * @throws UserInputException if the base is of a kind that is not supported
   * @throws dev.rankwise.models.failure.CorruptFileException if a field is missing or wrong
   */
  public static ModelConfig read(Path configJson) {
    ConfigFields fields = new ConfigFields(configJson, StrictJson.read(configJson, MAXIMUM_FILE));
    String modelType = fields.text("model_type");
    ModelFamily family =
        ModelFamily.named(modelType)
            .orElseThrow(
                () ->
                    fields.unsupported(
                        "model_type", modelType, "supported are " + ModelFamily.allNames()));
    requireReadableQuantization(fields);
    return family.read(fields);
  }

  /** How weights in four bits lie in the file, their own tensors say. */
  private static void requireReadableQuantization(ConfigFields fields) {
    String rule = "supported is bitsandbytes in 4 bits";
    ConfigFields quantization = fields.within("quantization_config");
    String method = quantization.text("quant_method", "bitsandbytes");
    if (!method.equals("bitsandbytes")) {
      throw fields.unsupported("quantization_config.quant_method", method, rule);
    }
    if (quantization.flag("load_in_8bit", false)) {
      throw fields.unsupported("quantization_config.load_in_8bit", "true", rule);
    }
  }

  /** Position id of a sequence's first token: RoBERTa counts from the padding id on. */
  public int firstPosition() {
    return modelType.equals("roberta") ? padTokenId + 1 : 0;
  }

  /** The longest sequence that the base takes, in tokens. */
  public int maximumSequence() {
    return maximumPositions - firstPosition();
  }

  /** The same base with a classifier for these classes instead of what stands on top now. */
  public ModelConfig forClassification(List<String> classes) {
    ModelFamily family = ModelFamily.of(this);
    return with(
        family.architecture(ModelTask.SEQUENCE_CLASSIFICATION),
        ModelTask.SEQUENCE_CLASSIFICATION,
        checked(classes),
        vision);
  }

  /** The same classifier for other classes. */
  public ModelConfig withLabels(List<String> classes) {
    if (task != ModelTask.SEQUENCE_CLASSIFICATION) {
      throw new UserInputException(
          "Base architecture %s has no classes to name; ask for a classifier first"
              .formatted(architecture));
    }
    return with(architecture, task, checked(classes), vision);
  }

  /**
   * The same decoder with eyes: a vision embedding whose numbers an adapter brings.
   *
   * @throws UserInputException if it is no decoder of llama's form that predicts tokens, or has
   *     fewer blocks than are to be compared with a teacher
   */
  public ModelConfig seeing(VisionEmbedding newVision) {
    if (task != ModelTask.CAUSAL_LANGUAGE_MODEL || !ModelFamily.of(this).isLikeLlama()) {
      throw new UserInputException(
          ("Base architecture %s cannot be made to see (only decoders of llama's form that predict"
                  + " tokens can); choose one such as LlamaForCausalLM")
              .formatted(architecture));
    }
    if (newVision.distilled() > layers) {
      throw new UserInputException(
          "Cannot compare %s blocks with a teacher: the base has %s; distil as many at most"
              .formatted(newVision.distilled(), layers));
    }
    return with(architecture, task, labels, Optional.of(newVision));
  }

  private static List<String> checked(List<String> classes) {
    if (classes.size() < 2 || new LinkedHashSet<>(classes).size() != classes.size()) {
      throw new UserInputException(
          ("A classifier needs at least two classes of different names, not %s of "
                  + "which %s differ; mend the labels")
              .formatted(classes.size(), new LinkedHashSet<>(classes).size()));
    }
    return classes;
  }

  private ModelConfig with(
      String newArchitecture,
      ModelTask newTask,
      List<String> newLabels,
      Optional<VisionEmbedding> newVision) {
    return new ModelConfig(
        modelType,
        newArchitecture,
        newTask,
        hiddenSize,
        layers,
        heads,
        keyValueHeads,
        headSize,
        intermediateSize,
        vocabularySize,
        maximumPositions,
        typeVocabularySize,
        normEpsilon,
        activation,
        padTokenId,
        initializerRange,
        newLabels,
        tiedEmbeddings,
        attentionBias,
        feedForwardBias,
        decoder,
        images,
        newVision);
  }
}
