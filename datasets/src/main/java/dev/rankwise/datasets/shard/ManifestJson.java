package dev.rankwise.datasets.shard;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.RankwiseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** {@code manifest.json}: the components of {@link DataManifest} as snake-case keys. */
public final class ManifestJson {
  /** Name of the file in a folder of prepared data. */
  public static final String FILE = "manifest.json";

  private static final String FUNNEL = "funnel";
  private static final String CHANGED = "changed";

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(JsonInclude.Include.ALWAYS, JsonInclude.Include.ALWAYS))
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private ManifestJson() {}

  static String written(DataManifest manifest) {
    try {
      return JSON.writeValueAsString(manifest) + "\n";
    } catch (JsonProcessingException failure) {
      throw new CorruptFileException("Cannot write the manifest as JSON", failure);
    }
  }

  /**
   * Reads a manifest on the local disk.
   *
   * @throws CorruptFileException if it cannot be read
   */
  public static DataManifest read(Path file) {
    try {
      return read(Files.readString(file), file.toString());
    } catch (IOException e) {
      throw new CorruptFileException(
          "Cannot read %s: %s; prepare the data again".formatted(file, e.getMessage()), e);
    }
  }

  /** Reads a manifest; {@code file} names it in messages. */
  public static DataManifest read(String text, String file) {
    try {
      JsonNode tree = JSON.readTree(text);
      if (!isOurs(tree)) {
        throw corrupt(file, "it is not the manifest of prepared data", null);
      }
      int version = tree.path("version").asInt();
      if (version != DataManifest.VERSION) {
        throw corrupt(
            file,
            "its version is " + version + ", this release reads version " + DataManifest.VERSION,
            null);
      }
      if (tree.path(FUNNEL) instanceof ObjectNode funnel && !funnel.has(CHANGED)) {
        // Left out where no row was changed, as in all data from before rows could be.
        funnel.putObject(CHANGED);
      }
      DataManifest manifest = JSON.treeToValue(tree, DataManifest.class);
      String content =
          DataManifest.contentSha256(
              manifest.labels(),
              manifest.tasks(),
              manifest.train().contentSha256(),
              manifest.test().contentSha256());
      if (!Objects.equals(content, manifest.contentSha256())) {
        throw corrupt(file, "its hashes do not agree with each other", null);
      }
      if (manifest.train().taskCounts().size() != manifest.tasks().size()
          || manifest.test().taskCounts().size() != manifest.tasks().size()) {
        throw corrupt(file, "it does not count each of its tasks", null);
      }
      return manifest;
    } catch (JsonProcessingException failure) {
      if (failure.getCause() instanceof RankwiseException) {
        throw corrupt(file, "its numbers contradict each other", failure);
      }
      throw corrupt(file, "it is not the JSON that was written", failure);
    }
  }

  /** Whether {@code text} is a manifest of ours, of whatever version. */
  static boolean isOurs(String text) {
    try {
      return isOurs(JSON.readTree(text));
    } catch (JsonProcessingException damaged) {
      return text.contains("\"" + DataManifest.FORMAT + "\"");
    }
  }

  private static boolean isOurs(JsonNode tree) {
    return tree.path("format").asText().equals(DataManifest.FORMAT);
  }

  private static CorruptFileException corrupt(String file, String what, Exception cause) {
    return new CorruptFileException(
        "Cannot read \"" + file + "\": " + what + "; delete the folder and prepare the data again",
        cause);
  }
}
