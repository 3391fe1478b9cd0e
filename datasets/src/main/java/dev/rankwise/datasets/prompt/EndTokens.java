package dev.rankwise.datasets.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.models.format.AtomicFile;
import dev.rankwise.models.format.StrictJson;
import dev.rankwise.models.tokenizer.BoundaryTokens;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Puts the tokens that end an answer where servers look for them: {@code eos_token_id} of {@code
 * generation_config.json}. A base that was tuned in a chat format ends its answers with that
 * format's mark, of which its own files may know nothing.
 */
public final class EndTokens {
  private static final String FILE = "generation_config.json";
  private static final String ENDS = "eos_token_id";
  private static final List<String> OTHERS = List.of("bos_token_id", "pad_token_id");
  private static final long MAXIMUM_FILE = 64L << 20;

  private EndTokens() {}

  /**
   * Names the tokens in the file of a folder, unless they are what its texts end with anyway. A
   * file that is not there yet takes over what {@code config.json} says of beginning and padding,
   * since whoever finds it looks no further.
   *
   * @param folder a base's folder, which is the caller's
   * @param prompts how prompts are put to that base
   * @return the ids that end a text from now on; empty if they did before
   */
  public static Optional<List<Integer>> write(Path folder, PromptTokens prompts) {
    List<Integer> ends = prompts.endIds(folder);
    if (BoundaryTokens.of(folder, prompts.tokenizer()).stops().containsAll(ends)) {
      return Optional.empty();
    }
    Path file = folder.resolve(FILE);
    ObjectNode json =
        Files.exists(file) ? StrictJson.read(file, MAXIMUM_FILE) : ofConfiguration(folder);
    ArrayNode list = json.putArray(ENDS);
    ends.forEach(list::add);
    AtomicFile.write(file, json.toPrettyString() + "\n");
    return Optional.of(ends);
  }

  private static ObjectNode ofConfiguration(Path folder) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ObjectNode configuration = StrictJson.read(folder.resolve("config.json"), MAXIMUM_FILE);
    for (String name : OTHERS) {
      JsonNode id = configuration.path(name);
      if (id.isIntegralNumber()) {
        json.set(name, id);
      }
    }
    return json;
  }
}
