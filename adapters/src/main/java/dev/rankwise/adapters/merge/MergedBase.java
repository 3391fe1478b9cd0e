package dev.rankwise.adapters.merge;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModelTask;
import dev.rankwise.models.format.AtomicFile;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.SafetensorsIndex;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.SafetensorsWriter.Outline;
import dev.rankwise.models.format.StrictJson;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseFiles;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A base with an adapter merged in, as a folder that transformers and this library load like any
 * base.
 *
 * <table>
 * <caption>Files</caption>
 * <tr><th>name</th><th>content</th></tr>
 * <tr><td>{@code config.json}</td><td>the base's, with the element type, the classes of a
 * classifier, {@code tie_word_embeddings: false} where merging unties, and without {@code
 * quantization_config}, since no weight is quantised again</td></tr>
 * <tr><td>{@code model.safetensors}</td><td>the weights, written one after the other; above the
 * size of a shard several files with {@code model.safetensors.index.json}</td></tr>
 * <tr><td>tokenizer and generation settings</td><td>the base's, where it has them</td></tr>
 * </table>
 *
 * @param weights the merged weights
 * @param base the base's folder
 */
public record MergedBase(MergedWeights weights, BaseDirectory base) {
  /** The size of a shard in transformers: 5 GB. */
  public static final long USUAL_SHARD_BYTES = 5_000_000_000L;

  private static final int MAXIMUM_CONFIG = 1 << 20;
  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";
  private static final Map<String, String> HEADER = Map.of("format", "pt");

  /**
   * Writes the files into a folder that the caller has staged. Of the base's weights at most one is
   * in memory, once, as it is written: less than twice the largest.
   *
   * @param type element type of all weights; empty for float32 where the adapter decides a weight
   *     and the base's own type elsewhere
   * @param shardBytes most bytes of weights in one file, unless a single weight has more
   * @throws dev.rankwise.models.failure.TrainingStoppedException if a number is not finite
   */
  public void write(Path folder, Optional<ElementType> type, long shardBytes) {
    AtomicFile.write(folder.resolve("config.json"), config(type).getBytes(StandardCharsets.UTF_8));
    BaseFiles.copyTokenizer(base.directory(), folder);
    List<List<Outline>> shards = shards(type, shardBytes);
    if (shards.size() == 1) {
      write(folder.resolve(SINGLE), shards.get(0));
      return;
    }
    Map<String, String> shardOf = new LinkedHashMap<>();
    long total = 0;
    for (int i = 0; i < shards.size(); i++) {
      String name =
          String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", i + 1, shards.size());
      write(folder.resolve(name), shards.get(i));
      for (Outline outline : shards.get(i)) {
        shardOf.put(outline.name(), name);
        total += bytes(outline);
      }
    }
    AtomicFile.write(folder.resolve(INDEX), SafetensorsIndex.print(shardOf, total));
  }

  private void write(Path file, List<Outline> outlines) {
    Map<String, ElementType> types = new LinkedHashMap<>();
    outlines.forEach(outline -> types.put(outline.name(), outline.type()));
    SafetensorsWriter.write(file, HEADER, outlines, name -> weights.bytes(name, types.get(name)));
  }

  private List<List<Outline>> shards(Optional<ElementType> type, long shardBytes) {
    List<List<Outline>> shards = new ArrayList<>();
    long filled = 0;
    for (Map.Entry<String, List<Long>> weight : weights.shapes().entrySet()) {
      String name = weight.getKey();
      Outline outline =
          new Outline(name, type.orElseGet(() -> weights.type(name)), weight.getValue());
      if (shards.isEmpty() || filled + bytes(outline) > shardBytes) {
        shards.add(new ArrayList<>());
        filled = 0;
      }
      shards.get(shards.size() - 1).add(outline);
      filled += bytes(outline);
    }
    return shards;
  }

  private static long bytes(Outline outline) {
    return outline.shape().stream().reduce((long) outline.type().bytes(), Math::multiplyExact);
  }

  private String config(Optional<ElementType> type) {
    ModelConfig config = weights.config();
    ObjectNode json = StrictJson.read(base.config(), MAXIMUM_CONFIG);
    json.putArray("architectures").add(config.architecture());
    type.ifPresent(asked -> json.put(json.has("dtype") ? "dtype" : "torch_dtype", name(asked)));
    json.remove("quantization_config");
    if (weights.unties()) {
      json.put("tie_word_embeddings", false);
    }
    if (config.task() == ModelTask.SEQUENCE_CLASSIFICATION) {
      ObjectNode labels = json.putObject("id2label");
      ObjectNode numbers = json.putObject("label2id");
      for (int label = 0; label < config.labels().size(); label++) {
        labels.put(Integer.toString(label), config.labels().get(label));
        numbers.put(config.labels().get(label), label);
      }
    }
    return json.toPrettyString() + "\n";
  }

  private static String name(ElementType type) {
    return switch (type) {
      case F16 -> "float16";
      case BF16 -> "bfloat16";
      default -> "float32";
    };
  }
}
