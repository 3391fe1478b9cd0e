package dev.rankwise.datasets.clean;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.format.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is kept of a source's rows at one moment: {@code state-00000007.json}.
 *
 * @param number counts the states of a folder, from 1
 * @param key hash of all that the kept rows follow from beside the source's rows
 * @param marks what of the source was read
 * @param parts the parts in which the rows lie
 */
record KeptState(int number, String key, SortedMap<String, String> marks, List<Part> parts) {
  private static final String FORMAT = "rankwise-kept-rows";
  private static final int LAYOUT = 1;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  KeptState {
    marks = Collections.unmodifiableSortedMap(new TreeMap<>(marks));
    parts = List.copyOf(parts);
  }

  /**
   * A part.
   *
   * @param name its folder
   * @param rows how many rows it holds
   * @param files its files below that folder with their sizes in bytes
   */
  record Part(String name, long rows, SortedMap<String, Long> files) {
    Part {
      files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
    }

    /** The files of one of its tables. */
    List<String> of(String table) {
      return files.keySet().stream()
          .filter(file -> file.startsWith(table + "/"))
          .map(file -> name + "/" + file)
          .toList();
    }
  }

  byte[] written() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("format", FORMAT);
    fields.put("layout", LAYOUT);
    fields.put("number", number);
    fields.put("key", key);
    fields.put("marks", marks);
    List<Object> all = new ArrayList<>();
    for (Part part : parts) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("name", part.name());
      one.put("rows", part.rows());
      one.put("files", part.files());
      all.add(one);
    }
    fields.put("parts", all);
    try {
      return (JSON.writerWithDefaultPrettyPrinter().writeValueAsString(fields) + "\n")
          .getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException impossible) {
      throw new InternalException("A map of texts cannot be written as JSON", impossible);
    }
  }

  /**
   * Reads what {@link #written} gave.
   *
   * @throws CorruptFileException if it is anything else
   */
  static KeptState read(byte[] bytes, String origin) {
    ObjectNode json = StrictJson.parse(bytes, origin);
    boolean ours =
        json.path("format").asText().equals(FORMAT)
            && json.path("layout").asInt() == LAYOUT
            && json.path("number").isInt()
            && json.path("key").isTextual()
            && json.path("marks").isObject()
            && json.path("parts").isArray();
    if (!ours) {
      throw corrupt(origin);
    }
    SortedMap<String, String> marks = new TreeMap<>();
    json.path("marks").properties().forEach(it -> marks.put(it.getKey(), it.getValue().asText()));
    List<Part> parts = new ArrayList<>();
    for (JsonNode part : json.path("parts")) {
      SortedMap<String, Long> files = new TreeMap<>();
      part.path("files")
          .properties()
          .forEach(it -> files.put(it.getKey(), it.getValue().asLong(-1)));
      String name = part.path("name").asText();
      if (!KeptFolder.isPart(name) || files.keySet().stream().anyMatch(it -> it.contains(".."))) {
        throw corrupt(origin);
      }
      parts.add(new Part(name, part.path("rows").asLong(), files));
    }
    return new KeptState(json.path("number").asInt(), json.path("key").asText(), marks, parts);
  }

  private static CorruptFileException corrupt(String origin) {
    return new CorruptFileException(
        "Cannot use %s: it does not say what rows are kept (it must be as it was written); remove its folder to read all rows anew"
            .formatted(origin));
  }
}
