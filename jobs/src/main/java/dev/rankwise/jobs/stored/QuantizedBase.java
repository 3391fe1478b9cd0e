package dev.rankwise.jobs.stored;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.format.AtomicFile;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.SafetensorsWriter.Outline;
import dev.rankwise.models.format.ShardedWeights;
import dev.rankwise.models.format.ShardedWeights.Shard;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.format.StrictJson;
import dev.rankwise.models.quantized.BaseForm.BlockScaling;
import dev.rankwise.models.quantized.BitsAndBytesWriter;
import dev.rankwise.models.quantized.FourBitLayout;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseFiles;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A base whose linear weights are put into four bits, as a folder that transformers loads with
 * bitsandbytes and this library like any base.
 *
 * <table>
 * <caption>Files</caption>
 * <tr><th>name</th><th>content</th></tr>
 * <tr><td>{@code config.json}</td><td>the base's, with {@code quantization_config}</td></tr>
 * <tr><td>{@code model.safetensors}</td><td>each weight in four bits as the tensors of {@link
 * dev.rankwise.models.quantized.BitsAndBytesTensors}, the others as they are; above the size of a
 * shard several files with their index</td></tr>
 * <tr><td>tokenizer and generation settings</td><td>the base's, where it has them</td></tr>
 * </table>
 *
 * @param weights the base's weights in four bits
 * @param tree its modules
 * @param base its folder
 */
record QuantizedBase(BaseWeights weights, ModuleTree tree, BaseDirectory base) {
  private static final int MAXIMUM_CONFIG = 1 << 20;

  /**
   * Writes the files into a folder that the caller has staged. Weights are quantised one at a time,
   * twice: a file's header tells the length of all that follows, the text of each weight's scales
   * among that. Memory holds one weight and the scales of one file.
   *
   * @param type element type of the weights that are not in four bits; empty to keep theirs
   * @param shardBytes most bytes of weights in one file, unless a single weight has more
   */
  void write(Path folder, Optional<ElementType> type, long shardBytes) {
    AtomicFile.write(folder.resolve("config.json"), config(type));
    BaseFiles.copyTokenizer(base.directory(), folder);
    List<String> names = List.copyOf(weights.present().keySet());
    ShardedWeights.write(
        folder, names, name -> bytes(name, type), shardBytes, some -> shard(some, type));
  }

  /** What the weights in four bits look like. */
  List<FourBitLayout> layouts() {
    return weights.present().keySet().stream().flatMap(n -> weights.layout(n).stream()).toList();
  }

  private Shard shard(List<String> names, Optional<ElementType> type) {
    List<Outline> outlines = new ArrayList<>();
    Map<String, Supplier<ByteBuffer>> contents = new HashMap<>();
    for (String name : names) {
      String stored = tree.nameInFiles(name);
      if (weights.layout(name).isEmpty()) {
        Outline outline = new Outline(stored, type(name, type), shape(name));
        outlines.add(outline);
        contents.put(stored, () -> dense(name, outline.type()));
        continue;
      }
      for (StoredTensor part : BitsAndBytesWriter.parts(stored, weights.quantized(name))) {
        outlines.add(new Outline(part.name(), part.type(), part.shape()));
        boolean codes = part.name().equals(stored);
        contents.put(part.name(), codes ? () -> weights.quantized(name).packed() : part::bytes);
      }
    }
    return new Shard(outlines, name -> contents.get(name).get());
  }

  private long bytes(String name, Optional<ElementType> type) {
    return weights
        .layout(name)
        .map(FourBitLayout::heldBytes)
        .orElseGet(() -> new Outline(name, type(name, type), shape(name)).bytes());
  }

  private ElementType type(String name, Optional<ElementType> asked) {
    return asked.orElse(weights.present().get(name).type());
  }

  private List<Long> shape(String name) {
    return weights.present().get(name).shape();
  }

  private ByteBuffer dense(String name, ElementType type) {
    return weights.present().get(name).type() == type
        ? weights.bytes(name)
        : StoredTensor.ofFloats(name, type, shape(name), weights.floats(name)).bytes();
  }

  private String config(Optional<ElementType> type) {
    FourBitLayout layout = layouts().get(0);
    ObjectNode json = StrictJson.read(base.config(), MAXIMUM_CONFIG);
    type.ifPresent(
        asked -> json.put(json.has("dtype") ? "dtype" : "torch_dtype", asked.torchName()));
    ObjectNode quantization = json.putObject("quantization_config");
    quantization.put("quant_method", "bitsandbytes");
    quantization.put("load_in_4bit", true);
    quantization.put("load_in_8bit", false);
    quantization.put("bnb_4bit_quant_type", layout.form().code().lowerCaseName());
    quantization.put("bnb_4bit_use_double_quant", layout.form().scaling() == BlockScaling.DOUBLE);
    quantization.put("bnb_4bit_compute_dtype", layout.source().torchName());
    quantization.put("bnb_4bit_quant_storage", ElementType.U8.torchName());
    ArrayNode dense = quantization.putArray("llm_int8_skip_modules");
    for (ModuleShape module : tree.modules()) {
      if (module.isLinear() && weights.layout(module.path() + ".weight").isEmpty()) {
        dense.add(module.path());
      }
    }
    return json.toPrettyString() + "\n";
  }
}
