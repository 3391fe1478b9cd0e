package dev.rankwise.pipeline.estimator;

import dev.rankwise.datasets.chat.ChatFormat;
import dev.rankwise.datasets.chat.ChatRenderer;
import dev.rankwise.datasets.chat.RowForm;
import dev.rankwise.datasets.chat.TrainOn;
import dev.rankwise.datasets.example.TurnColumns;
import dev.rankwise.datasets.pack.Packing;
import dev.rankwise.datasets.pack.Truncation;
import dev.rankwise.datasets.picture.PictureForm;
import dev.rankwise.datasets.prepare.SequenceSettings;
import dev.rankwise.datasets.prepare.SplitRule;
import dev.rankwise.datasets.prompt.BaseChat;
import dev.rankwise.datasets.prompt.PromptTokens;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.VisionEmbedding.Attention;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.tokenizer.HuggingFaceTokenizer;
import dev.rankwise.models.tokenizer.Tokenizer;
import dev.rankwise.pipeline.vision.AskedSight;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.param.StringArrayParam;

/**
 * The parameters that say how rows become sequences of a decoder, and how it learns to see. Words
 * are those of recipes.
 */
final class SequenceParams implements Serializable {
  private static final long serialVersionUID = 1L;

  final Param<String> rowFormat;
  final StringArrayParam rowColumns;
  final Param<String> keyCol;
  final Param<String> chatFormat;
  final Param<String> trainOn;
  final Param<String> truncation;
  final Param<String> packing;
  final IntParam maxTokens;
  final IntParam microBatchTokens;
  final Param<String> teacher;
  final IntParam imageSide;
  final IntParam imagePatch;
  final IntParam imageWidth;
  final IntParam imageLayers;
  final Param<String> imageAttention;

  private final ReplicaParams common;

  SequenceParams(ReplicaParams common) {
    this.common = common;
    Params stage = common.stage();
    rowFormat =
        new Param<>(
            stage,
            "rowFormat",
            "form of the rows: messages, sharegpt, alpaca, prompt-completion, text");
    rowColumns =
        new StringArrayParam(
            stage, "rowColumns", "NAME=COLUMN for each column that is called otherwise there");
    keyCol =
        new Param<>(
            stage, "keyCol", "column with a row's stable id; empty for the hash of its content");
    chatFormat =
        new Param<>(
            stage,
            "chatFormat",
            "how conversations are written: template for the base's own, or a known format; empty"
                + " for what is usual with the form of the rows");
    trainOn = new Param<>(stage, "trainOn", "turns that are trained on: assistant, last-turn, all");
    truncation =
        new Param<>(
            stage, "truncation", "what becomes of a text over maxTokens: right, left, drop, split");
    packing = new Param<>(stage, "packing", "whether texts share sequences: best-fit, none");
    maxTokens =
        new IntParam(
            stage,
            "maxTokens",
            "longest sequence in tokens; 0 for "
                + SequenceSettings.DEFAULT_MAXIMUM_TOKENS
                + " or what the base takes, if that is less");
    microBatchTokens = new IntParam(stage, "microBatchTokens", "most tokens of one forward pass");
    teacher =
        new Param<>(
            stage, "teacher", "of vora: a ViT that blocks are compared with; empty for none");
    imageSide = new IntParam(stage, "imageSide", of("pixels of a picture's side"));
    imagePatch = new IntParam(stage, "imagePatch", of("pixels of a patch's side"));
    imageWidth = new IntParam(stage, "imageWidth", of("numbers of a patch's vector"));
    imageLayers = new IntParam(stage, "imageLayers", of("blocks that are adapted, from the first"));
    imageAttention =
        new Param<>(
            stage,
            "imageAttention",
            "of vora: what the patches of a picture attend to: bidirectional, causal");
  }

  private static String of(String what) {
    return "of vora: " + what + "; 0 for what follows from the teacher, else from the base";
  }

  /** Sets what holds where the user says nothing: the same as where a recipe says nothing. */
  void setDefaults() {
    Params stage = common.stage();
    stage.setDefault(rowFormat, RowForm.PROMPT_COMPLETION.label());
    stage.setDefault(rowColumns, new String[0]);
    stage.setDefault(keyCol, "");
    stage.setDefault(chatFormat, "");
    stage.setDefault(trainOn, ReplicaParams.word(TrainOn.ASSISTANT));
    stage.setDefault(truncation, ReplicaParams.word(Truncation.RIGHT));
    stage.setDefault(packing, ReplicaParams.word(Packing.BEST_FIT));
    stage.setDefault(maxTokens, 0);
    stage.setDefault(microBatchTokens, 4096);
    stage.setDefault(teacher, "");
    stage.setDefault(imageSide, 0);
    stage.setDefault(imagePatch, 0);
    stage.setDefault(imageWidth, 0);
    stage.setDefault(imageLayers, 0);
    stage.setDefault(imageAttention, ReplicaParams.word(Attention.BIDIRECTIONAL));
  }

  /** The form of the rows, and where its parts lie. */
  RowPrompts rows() {
    return RowPrompts.of(common.text(rowFormat), List.of(common.texts(rowColumns)))
        .orElseThrow(
            () ->
                new UserInputException(
                    "Invalid rowFormat: \"\" (must be one of %s)"
                        .formatted(String.join(", ", RowForm.labels()))));
  }

  /** How conversations are written; empty for the base's own template. */
  Optional<ChatFormat> format() {
    String named = common.text(chatFormat);
    return named.isEmpty()
        ? rows().form().usualFormat()
        : Optional.of(named)
            .filter(name -> !name.equals(PromptTokens.TEMPLATE))
            .map(ChatFormat::named);
  }

  /** How a decoder learns to see. */
  AskedSight sight() {
    return new AskedSight(
        Optional.of(common.text(teacher)).filter(name -> !name.isEmpty()),
        above(imageSide),
        above(imagePatch),
        above(imageWidth),
        constant(imageAttention, Attention.class),
        above(imageLayers));
  }

  /**
   * What decides the adapter's bytes beside base and data, under the names that recipes use: what
   * is left at its default is not among it.
   */
  SortedMap<String, String> decisive() {
    SortedMap<String, String> settings = new TreeMap<>();
    put("adapter.image-side", imageSide, settings);
    put("adapter.image-patch", imagePatch, settings);
    put("adapter.image-width", imageWidth, settings);
    put("adapter.image-layers", imageLayers, settings);
    put("adapter.image-attention", imageAttention, settings);
    return settings;
  }

  private void put(String name, Param<?> param, SortedMap<String, String> settings) {
    Object value = common.stage().getOrDefault(param);
    if (!value.equals(common.stage().getDefault(param).get())) {
      settings.put(name, value.toString());
    }
  }

  private OptionalInt above(IntParam param) {
    int value = common.whole(param);
    if (value < 0) {
      throw new UserInputException(
          "Invalid %s: %s (must be at least 1, or 0 to leave it open); set another"
              .formatted(param.name(), value));
    }
    return value == 0 ? OptionalInt.empty() : OptionalInt.of(value);
  }

  /**
   * How the rows are prepared for a base.
   *
   * @param image the column of pictures; empty for none
   * @param seen how pictures become tokens; empty of a base of texts
   */
  SequenceSettings settings(
      BaseDirectory base, ModelConfig config, String image, Optional<PictureForm> seen) {
    RowPrompts rows = rows();
    return new SequenceSettings(
        new TurnColumns(rows.form(), rows.columns(), common.text(keyCol), image),
        SplitRule.trainOnly(),
        maximumTokens(config),
        RowLimits.defaults(),
        renderer(base),
        constant(trainOn, TrainOn.class),
        constant(truncation, Truncation.class),
        constant(packing, Packing.class),
        List.of(),
        seen,
        "");
  }

  private int maximumTokens(ModelConfig config) {
    int asked = common.whole(maxTokens);
    int most = config.maximumSequence();
    if (asked < 0 || asked > most) {
      throw new UserInputException(
          "Invalid maxTokens: %s (must be at most the %s positions of the base, or 0 for the"
                  .formatted(asked, most)
              + " default); set another");
    }
    return asked == 0 ? SequenceSettings.defaultMaximumTokens(most) : asked;
  }

  private ChatRenderer renderer(BaseDirectory base) {
    try (Tokenizer tokenizer = HuggingFaceTokenizer.of(base)) {
      BaseChat chat = new BaseChat(base.directory(), tokenizer);
      return format().map(chat::format).orElseGet(chat::template);
    }
  }

  private <E extends Enum<E>> E constant(Param<String> param, Class<E> type) {
    String asked = common.text(param);
    return ReplicaParams.constant(type, asked)
        .orElseThrow(
            () ->
                new UserInputException(
                    "Invalid %s: \"%s\" (must be one of %s)"
                        .formatted(
                            param.name(),
                            asked,
                            Arrays.stream(type.getEnumConstants())
                                .map(ReplicaParams::word)
                                .collect(Collectors.joining(", ")))));
  }
}
