package dev.rankwise.jobs.session;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** JSON as it lies in a run folder: indented by two spaces, keys in the order given. */
public final class JsonFile {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ObjectWriter INDENTED =
      JSON.writer(
          new DefaultPrettyPrinter()
              .withObjectIndenter(new DefaultIndenter("  ", "\n"))
              .withArrayIndenter(new DefaultIndenter("  ", "\n")));

  private JsonFile() {}

  /** Puts a file with these fields into the run folder. */
  public static void commit(RunFolder folder, String name, Map<String, Object> fields) {
    folder.commitFile(name, (text(fields) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** The fields as indented text. */
  public static String text(Map<String, Object> fields) {
    try {
      return INDENTED.writeValueAsString(fields);
    } catch (JsonProcessingException e) {
      throw new InternalException("Cannot write JSON", e);
    }
  }

  /** The fields on one line. */
  public static String line(Map<String, Object> fields) {
    try {
      return JSON.writeValueAsString(fields);
    } catch (JsonProcessingException e) {
      throw new InternalException("Cannot write JSON", e);
    }
  }

  /**
   * The value itself; null for a number that is not finite, for which JSON has no word, so that
   * every reader can read it.
   */
  public static Object finite(Object value) {
    return value instanceof Double number && !Double.isFinite(number) ? null : value;
  }
}
