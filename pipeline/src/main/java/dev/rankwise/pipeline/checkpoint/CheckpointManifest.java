package dev.rankwise.pipeline.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What a checkpoint holds, for whom, and the hash of each of its files.
 *
 * @param name term and step
 * @param fingerprint what the run's bytes depend on, by dotted name
 * @param values the values of its snapshot
 * @param files its vectors' files, by the vector's name
 */
public record CheckpointManifest(
    CheckpointName name,
    SortedMap<String, String> fingerprint,
    SortedMap<String, String> values,
    SortedMap<String, VectorFile> files) {
  /** Name of the manifest in a checkpoint's folder. */
  static final String FILE = "manifest.json";

  /** No run comes near it: a line for each setting, a number for each measurement. */
  static final long MOST_BYTES = 64L << 20;

  private static final int FORMAT = 1;
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * A vector as little-endian floats.
   *
   * @param bytes size of the file
   * @param sha256 its hash
   */
  public record VectorFile(long bytes, String sha256) {

    public VectorFile {
      if (bytes < 0 || bytes > Integer.MAX_VALUE || bytes % Float.BYTES != 0) {
        throw new CorruptFileException("Invalid size of a vector: " + bytes + " bytes");
      }
      if (!SHA256.matcher(sha256).matches()) {
        throw new CorruptFileException("Invalid hash of a vector: it is no SHA-256");
      }
    }

    /** Name of the file of a vector. */
    static String nameOf(String vector) {
      return vector + ".f32";
    }
  }

  public CheckpointManifest {
    fingerprint = Collections.unmodifiableSortedMap(new TreeMap<>(fingerprint));
    values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
    files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
  }

  /** The manifest as it lies in the folder. */
  byte[] toJson() {
    ObjectNode json = JSON.createObjectNode();
    json.put("format", FORMAT).put("term", name.term()).put("step", name.step());
    texts(json.putObject("fingerprint"), fingerprint);
    texts(json.putObject("values"), values);
    ObjectNode vectors = json.putObject("vectors");
    files.forEach(
        (vector, file) ->
            vectors.putObject(vector).put("bytes", file.bytes()).put("sha256", file.sha256()));
    return (json.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Reads a manifest.
   *
   * @param origin where it comes from, for messages
   * @throws CorruptFileException if it is none
   * @throws UserInputException if it is of another format
   */
  static CheckpointManifest parse(byte[] bytes, String origin) {
    ObjectNode json = StrictJson.parse(bytes, origin);
    if (json.path("format").asInt(0) != FORMAT) {
      // Its hash is right, so this is what its writer meant: passing it over would lose the run.
      throw new UserInputException(
          ("Cannot read %s: it has format %s where this version knows %s; go on with the version that wrote"
                  + " it, or name another folder")
              .formatted(origin, json.path("format").asText("none"), FORMAT));
    }
    SortedMap<String, VectorFile> files = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : json.path("vectors").properties()) {
      if (!Snapshot.isName(entry.getKey())) {
        throw new CorruptFileException("Cannot read %s: a vector has no name".formatted(origin));
      }
      JsonNode file = entry.getValue();
      files.put(
          entry.getKey(),
          new VectorFile(file.path("bytes").asLong(-1), file.path("sha256").asText()));
    }
    long term = json.path("term").asLong();
    int step = json.path("step").asInt(-1);
    if (term < 1 || step < 0) {
      throw new CorruptFileException(
          "Cannot read %s: it names term %s and step %s".formatted(origin, term, step));
    }
    return new CheckpointManifest(
        new CheckpointName(term, step),
        texts(json.path("fingerprint")),
        texts(json.path("values")),
        files);
  }

  private static void texts(ObjectNode json, SortedMap<String, String> texts) {
    texts.forEach(json::put);
  }

  private static SortedMap<String, String> texts(JsonNode json) {
    SortedMap<String, String> texts = new TreeMap<>();
    json.properties().forEach(entry -> texts.put(entry.getKey(), entry.getValue().asText()));
    return texts;
  }
}
