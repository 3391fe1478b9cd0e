package dev.rankwise.adapters.merge;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModelTask;
import dev.rankwise.models.format.AtomicFile;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.SafetensorsWriter.Outline;
import dev.rankwise.models.format.ShardedWeights;
import dev.rankwise.models.format.ShardedWeights.Shard;
import dev.rankwise.models.format.StrictJson;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
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
  private static final int MAXIMUM_CONFIG = 1 << 20;

  /**
   * Writes the files into a folder that the caller has staged. Of the base's weights at most one is
   * in memory, once, as it is written: less than twice the largest.
   *
   * @param type element type of all weights; empty for the base's own, as its configuration says
   * @param shardBytes most bytes of weights in one file, unless a single weight has more
   * @throws dev.rankwise.models.failure.TrainingStoppedException if a number is not finite
   */
  public void write(Path folder, Optional<ElementType> type, long shardBytes) {
    AtomicFile.write(folder.resolve("config.json"), config(type));
    BaseFiles.copyTokenizer(base.directory(), folder);
    List<Outline> outlines = new ArrayList<>();
    weights
        .shapes()
        .forEach(
            (name, shape) ->
                outlines.add(new Outline(name, type.orElseGet(() -> weights.type(name)), shape)));
    ShardedWeights.write(folder, outlines, Outline::bytes, shardBytes, this::shard);
  }

  private Shard shard(List<Outline> outlines) {
    Map<String, Outline> byName = new LinkedHashMap<>();
    outlines.forEach(outline -> byName.put(weights.nameInFiles(outline.name()), outline));
    List<Outline> named = new ArrayList<>();
    byName.forEach((name, one) -> named.add(new Outline(name, one.type(), one.shape())));
    return new Shard(
        named, name -> weights.bytes(byName.get(name).name(), byName.get(name).type()));
  }

  private String config(Optional<ElementType> type) {
    ModelConfig config = weights.config();
    ObjectNode json = StrictJson.read(base.config(), MAXIMUM_CONFIG);
    json.putArray("architectures").add(config.architecture());
    type.ifPresent(
        asked -> json.put(json.has("dtype") ? "dtype" : "torch_dtype", asked.torchName()));
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
}
