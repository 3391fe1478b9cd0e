package dev.rankwise.models.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.text.PrintableText;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The index of weights that lie in several safetensors files, as transformers writes it beside them
 * ({@code model.safetensors.index.json}): under {@code weight_map} the shard of each tensor. How
 * many bytes it says there are is passed over, as transformers does: converted repositories carry
 * the number of what they were made from, and each shard says itself how long it is.
 *
 * @param file where the index lies; its shards lie in the same folder
 * @param shardOf plain file name of the shard, by the tensor's name
 */
public record SafetensorsIndex(Path file, SortedMap<String, String> shardOf) {
  private static final String SUFFIX = ".safetensors.index.json";
  private static final long MAXIMUM_FILE = 64L << 20;
  private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]*");

  public SafetensorsIndex {
    shardOf = Collections.unmodifiableSortedMap(new TreeMap<>(shardOf));
  }

  /** The text of an index. */
  public static byte[] print(Map<String, String> shardOf, long totalBytes) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.putObject("metadata").put("total_size", totalBytes);
    ObjectNode map = root.putObject("weight_map");
    new TreeMap<>(shardOf).forEach(map::put);
    return (root.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /** Whether a file is an index, by its name. */
  public static boolean isIndex(Path file) {
    return file.getFileName().toString().endsWith(SUFFIX);
  }

  /**
   * Reads an index. Its shards are not looked at.
   *
   * @throws CorruptFileException if it is no index, or names a shard that may lie elsewhere
   */
  public static SafetensorsIndex read(Path file) {
    ObjectNode root = StrictJson.read(file, MAXIMUM_FILE);
    JsonNode map = root.path("weight_map");
    if (!map.isObject() || map.isEmpty()) {
      throw corrupt(file, "\"weight_map\" must name the shard of each tensor");
    }
    SortedMap<String, String> shardOf = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : map.properties()) {
      shardOf.put(entry.getKey(), shardName(file, entry.getKey(), entry.getValue()));
    }
    return new SafetensorsIndex(file, shardOf);
  }

  /** File names of all shards, sorted. */
  public SortedSet<String> shards() {
    return new TreeSet<>(shardOf.values());
  }

  /** Where a shard lies. */
  Path pathOf(String shard) {
    return file.resolveSibling(shard);
  }

  /** The failure for what an index says that is not so. */
  static CorruptFileException corrupt(Path file, String problem) {
    return new CorruptFileException(
        "Index %s cannot be used: %s; fetch the base again, all its files of one version"
            .formatted(file, problem));
  }

  static String quote(String text) {
    return "\"" + PrintableText.of(text, 200) + "\"";
  }

  /** A stranger wrote the name, and the file of that name will be opened. */
  private static String shardName(Path file, String tensor, JsonNode value) {
    String name = value.isTextual() ? value.textValue() : "";
    if (!PLAIN_NAME.matcher(name).matches() || !name.endsWith(".safetensors")) {
      throw corrupt(
          file,
          "it places tensor %s in %s, which is no plain name of a safetensors file beside it"
              .formatted(quote(tensor), quote(value.asText("(not a text)"))));
    }
    return name;
  }
}
