package dev.rankwise.adapters.peft;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.spec.VisionChoice;
import dev.rankwise.adapters.vora.Vora;
import dev.rankwise.models.config.ImageShape;
import dev.rankwise.models.config.VisionEmbedding;
import dev.rankwise.models.config.VisionEmbedding.Attention;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.AtomicFile;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.format.StrictJson;
import dev.rankwise.models.network.TrainableTensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What the folder of an adapter by which a decoder sees holds beside LoRA's files: how it sees, and
 * the numbers of its embedding of patches, under their full names. Heads that are compared with a
 * teacher lie in a third file while they are needed. See docs/formats.md.
 */
public final class VisionFiles {
  /** How the decoder sees. */
  static final String CONFIG = "vora_config.json";

  /** The method whose files these are. */
  static final String METHOD = new Vora().name();

  private static final String EMBEDDING = "vision_embedding.safetensors";
  private static final String HEADS = "distillation_heads.safetensors";
  private static final String IN_EMBEDDING = "vision_embedding.";
  private static final int VERSION = 1;
  private static final int MAXIMUM_BYTES = 1 << 20;
  private static final int MAXIMUM_SIDE = 1 << 14;
  private static final int MAXIMUM_WIDTH = 1 << 20;
  private static final int MAXIMUM_CHANNELS = 64;
  private static final int MAXIMUM_BLOCKS = 1 << 12;
  private static final Set<String> NAMES =
      new TreeSet<>(
          List.of(
              "distilled_blocks",
              "format_version",
              "image_attention",
              "image_size",
              "image_token_id",
              "intermediate_size",
              "norm_eps",
              "num_channels",
              "patch_size"));

  private VisionFiles() {}

  /** Whether a tensor is one of these files'. */
  static boolean hold(AdapterPlan plan, TrainableTensor tensor) {
    return plan.matched().tree().isOfVision(tensor.name());
  }

  /**
   * How a decoder sees by the adapter in a folder; empty if the folder does not say.
   *
   * @throws UserInputException if it says what is not supported
   * @throws dev.rankwise.models.failure.CorruptFileException if it is not such a file
   */
  public static Optional<VisionEmbedding> read(Path folder) {
    Path file = folder.resolve(CONFIG);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    PeftFields fields = new PeftFields(file, StrictJson.read(file, MAXIMUM_BYTES));
    for (String name : fields.names()) {
      if (!NAMES.contains(name)) {
        throw fields.unsupported(
            name, "this version does not know the field and must not pass over it");
      }
    }
    if (fields.integer("format_version", 0) != VERSION) {
      throw fields.unsupported("format_version", "this version reads %s alone".formatted(VERSION));
    }
    int side = between(fields, "image_size", 1, MAXIMUM_SIDE);
    int patch = between(fields, "patch_size", 1, side);
    if (side % patch != 0) {
      throw fields.unsupported("image_size", "must be a multiple of patch_size " + patch);
    }
    double epsilon = fields.number("norm_eps", 0);
    if (!(epsilon > 0 && epsilon <= 1)) {
      throw fields.unsupported("norm_eps", "must be above 0 and at most 1");
    }
    return Optional.of(
        new VisionEmbedding(
            new ImageShape(side, patch, between(fields, "num_channels", 1, MAXIMUM_CHANNELS)),
            between(fields, "intermediate_size", 1, MAXIMUM_WIDTH),
            epsilon,
            fields.isOff("distilled_blocks")
                ? 0
                : between(fields, "distilled_blocks", 0, MAXIMUM_BLOCKS),
            attention(fields),
            between(fields, "image_token_id", Integer.MIN_VALUE, -1)));
  }

  private static Attention attention(PeftFields fields) {
    String name = "image_attention";
    String value = fields.text(name, "");
    for (Attention attention : Attention.values()) {
      if (label(attention).equals(value)) {
        return attention;
      }
    }
    throw fields.unsupported(name, "must be bidirectional or causal");
  }

  private static String label(Attention attention) {
    return attention.name().toLowerCase(Locale.ROOT);
  }

  private static int between(PeftFields fields, String name, int least, int most) {
    int value = fields.integer(name, 0);
    if (fields.isOff(name) || value < least || value > most) {
      throw fields.unsupported(name, "must be a whole number from %s to %s".formatted(least, most));
    }
    return value;
  }

  /** The files with the numbers. */
  static List<Path> weights(Path folder, VisionEmbedding vision) {
    Path embedding = folder.resolve(EMBEDDING);
    return vision.distilled() == 0 ? List.of(embedding) : List.of(embedding, folder.resolve(HEADS));
  }

  /** Writes them, if the adapter is one by which a decoder sees. */
  static void write(Path folder, Adapter adapter, AdapterOrigin origin) {
    AdapterPlan plan = adapter.plan();
    if (plan.base().vision().isEmpty()) {
      return;
    }
    List<StoredTensor> embedding = new ArrayList<>();
    List<StoredTensor> heads = new ArrayList<>();
    for (Parameter parameter : plan.layout().parameters()) {
      TrainableTensor tensor = parameter.tensor();
      if (hold(plan, tensor)) {
        List<Long> shape = tensor.shape().stream().map(Integer::longValue).toList();
        (tensor.name().startsWith(IN_EMBEDDING) ? embedding : heads)
            .add(StoredTensor.ofFloats(tensor.name(), shape, adapter.values(parameter)));
      }
    }
    AtomicFile.write(folder.resolve(CONFIG), print(plan.base().vision().get()));
    SafetensorsWriter.write(folder.resolve(EMBEDDING), origin.header(), embedding);
    if (!heads.isEmpty()) {
      SafetensorsWriter.write(folder.resolve(HEADS), origin.header(), heads);
    }
  }

  private static String print(VisionEmbedding vision) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("format_version", VERSION)
        .put("image_size", vision.images().side())
        .put("patch_size", vision.images().patch())
        .put("num_channels", vision.images().channels())
        .put("intermediate_size", vision.width())
        .put("norm_eps", vision.normEpsilon())
        .put("image_attention", label(vision.attention()))
        .put("image_token_id", vision.placeholder())
        .put("distilled_blocks", vision.distilled());
    return SortedJson.print(json);
  }

  /**
   * What an adapter adds to a base that its factors are merged into: the embedding of patches
   * alone; empty if there is none.
   */
  public static Optional<Adapter> embedding(Adapter adapter) {
    Optional<VisionEmbedding> vision = adapter.plan().base().vision();
    if (vision.isEmpty()) {
      return Optional.empty();
    }
    AdapterPlan plan =
        AdapterPlan.of(
            adapter.plan().base(),
            AdapterSpec.of(METHOD).withVision(VisionChoice.of(vision.get().undistilled())));
    float[] values = plan.layout().taken(adapter.values(), adapter.plan().layout());
    return Optional.of(new Adapter(plan, values));
  }
}
