package dev.rankwise.datasets.source.icons;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rankwise.datasets.source.ContentHash;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Collections of drawings, each in an artifact of its own that is read from the class path. */
enum IconCollection {
  /** Signs of strokes of one width on a grid of 24, about 1,500, with tags (ISC licence). */
  LUCIDE("org.webjars.npm:lucide-static:0.468.0", "tags.json", "icons/") {
    @Override
    List<Icon> listed(JsonNode index) {
      List<Icon> icons = new ArrayList<>();
      for (Map.Entry<String, JsonNode> entry : index.properties()) {
        List<String> tags = new ArrayList<>();
        entry.getValue().forEach(tag -> tags.add(tag.asText()));
        icons.add(new Icon(entry.getKey(), entry.getKey().replace('-', ' '), tags));
      }
      return icons;
    }
  },
  /** Flags of countries, some 250, as squares (MIT licence). */
  FLAGS("org.webjars.npm:flag-icons:7.2.3", "country.json", "flags/1x1/") {
    @Override
    List<Icon> listed(JsonNode index) {
      List<Icon> icons = new ArrayList<>();
      for (JsonNode country : index) {
        List<String> tags = new ArrayList<>();
        for (String field : List.of("capital", "continent")) {
          if (country.path(field).isTextual()) {
            tags.add(country.path(field).textValue());
          }
        }
        icons.add(new Icon(country.path("code").asText(), country.path("name").asText(), tags));
      }
      return icons;
    }
  };

  private static final String WEB_JARS = "META-INF/resources/webjars/";

  private final String artifact;
  private final String index;
  private final String folder;

  IconCollection(String artifact, String index, String folder) {
    this.artifact = artifact;
    this.index = index;
    this.folder = folder;
  }

  /** The icons in an index, in its order. */
  abstract List<Icon> listed(JsonNode index);

  /** The artifact that holds it: group, name and version. */
  String artifact() {
    return artifact;
  }

  /** Its icons, by the hash of their keys: the first n are any n of them, and always the same. */
  List<Icon> icons() {
    List<Icon> icons = new ArrayList<>(listed(parsed()));
    icons.sort(Comparator.comparing(icon -> ContentHash.hexOf(icon.key())));
    return icons;
  }

  private JsonNode parsed() {
    try {
      return new ObjectMapper().readTree(bytes(index));
    } catch (IOException failure) {
      throw new CorruptFileException(
          "Cannot read %s of the artifact %s: it is no JSON; fetch the artifact again"
              .formatted(index, artifact),
          failure);
    }
  }

  /** The drawing of an icon as SVG. */
  String drawing(Icon icon) {
    return new String(bytes(folder + icon.key() + ".svg"), StandardCharsets.UTF_8);
  }

  private byte[] bytes(String file) {
    String[] parts = artifact.split(":");
    String resource = WEB_JARS + parts[1] + "/" + parts[2] + "/" + file;
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    try (InputStream stream =
        loader == null
            ? ClassLoader.getSystemResourceAsStream(resource)
            : loader.getResourceAsStream(resource)) {
      if (stream == null) {
        throw new UserInputException(
            ("Cannot read data \"icons\": %s is not on the class path; add the artifact %s to the"
                    + " driver and the executors")
                .formatted(resource, artifact));
      }
      return stream.readAllBytes();
    } catch (IOException failure) {
      throw new CorruptFileException(
          "Cannot read %s: %s; fetch the artifact %s again"
              .formatted(resource, failure.getMessage(), artifact),
          failure);
    }
  }
}
