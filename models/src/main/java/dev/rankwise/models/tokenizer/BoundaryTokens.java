package dev.rankwise.models.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.format.StrictJson;
import dev.rankwise.models.text.PrintableText;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The tokens that begin, end and fill a base's texts.
 *
 * <p>Their spelling is taken from {@code tokenizer_config.json}, else from {@code
 * special_tokens_map.json}. What ends a generated text is {@code eos_token_id} of {@code
 * generation_config.json}, else of {@code config.json}, else the end token itself; a chat model
 * often names several there, and ends a turn with another than a document.
 *
 * @param beginning id of the token that begins a text; empty where the base has none
 * @param end id of the token that ends a text in training data; empty where the base has none
 * @param padding id of the token that fills up a batch; empty where the base has none
 * @param stops ids that end a generated text, in order; empty where none is known
 */
public record BoundaryTokens(
    OptionalInt beginning, OptionalInt end, OptionalInt padding, List<Integer> stops) {

  private static final long MAXIMUM_FILE = 64L << 20;
  private static final String BEGINNING = "bos_token";
  private static final String END = "eos_token";
  private static final String PADDING = "pad_token";
  private static final String STOPS = "eos_token_id";

  public BoundaryTokens {
    Objects.requireNonNull(beginning, "beginning");
    Objects.requireNonNull(end, "end");
    Objects.requireNonNull(padding, "padding");
    stops = List.copyOf(stops);
  }

  /**
   * The tokens that the files of a base's folder name. Where a base has neither of the two files
   * that spell them, the ids of {@code generation_config.json} and {@code config.json} hold.
   *
   * @throws CorruptFileException if a file names a token that the tokenizer does not know, or is no
   *     JSON object
   */
  public static BoundaryTokens of(Path folder, Tokenizer tokenizer) {
    List<Source> spellings =
        List.of(
            Source.read(folder.resolve("tokenizer_config.json")),
            Source.read(folder.resolve("special_tokens_map.json")));
    List<Source> numbers = numbers(folder);
    OptionalInt end = id(END, spellings, numbers, tokenizer);
    return new BoundaryTokens(
        id(BEGINNING, spellings, numbers, tokenizer),
        end,
        id(PADDING, spellings, numbers, tokenizer),
        stops(numbers, end));
  }

  /**
   * Ids that end a generated text, of a base that has no tokenizer: those of {@code
   * generation_config.json}, else of {@code config.json}.
   *
   * @throws CorruptFileException if a file names something else than ids, or is no JSON object
   */
  public static List<Integer> stops(Path folder) {
    return stops(numbers(folder), OptionalInt.empty());
  }

  private static List<Source> numbers(Path folder) {
    return List.of(
        Source.read(folder.resolve("generation_config.json")),
        Source.read(folder.resolve("config.json")));
  }

  private static OptionalInt id(
      String name, List<Source> spellings, List<Source> numbers, Tokenizer tokenizer) {
    boolean spelt = false;
    for (Source source : spellings) {
      JsonNode node = source.json().path(name);
      JsonNode content = node.isObject() ? node.path("content") : node;
      if (content.isTextual()) {
        return OptionalInt.of(source.idOf(name, content.textValue(), tokenizer));
      }
      if (!content.isMissingNode() && !content.isNull()) {
        throw source.wrong(name, content, "must be a token");
      }
      spelt |= !source.json().isEmpty();
    }
    if (!spelt) {
      for (Source source : numbers) {
        List<Integer> ids = source.ids(name + "_id");
        if (!ids.isEmpty()) {
          return OptionalInt.of(ids.get(0));
        }
      }
    }
    return OptionalInt.empty();
  }

  private static List<Integer> stops(List<Source> numbers, OptionalInt end) {
    for (Source source : numbers) {
      SortedSet<Integer> ids = new TreeSet<>(source.ids(STOPS));
      if (!ids.isEmpty()) {
        return List.copyOf(ids);
      }
    }
    return end.isPresent() ? List.of(end.getAsInt()) : List.of();
  }

  /** A file of the folder; an empty object where it is missing. */
  private record Source(Path file, ObjectNode json) {
    static Source read(Path file) {
      return new Source(
          file,
          Files.exists(file)
              ? StrictJson.read(file, MAXIMUM_FILE)
              : JsonNodeFactory.instance.objectNode());
    }

    int idOf(String name, String token, Tokenizer tokenizer) {
      return tokenizer
          .id(token)
          .orElseThrow(
              () -> wrong(name, token, "must be one of the tokens of the base's tokenizer"));
    }

    /** One id or a list of ids; none where the field is missing or, as some write it, -1. */
    List<Integer> ids(String name) {
      JsonNode node = json.path(name);
      List<Integer> ids = new ArrayList<>();
      if (node.isMissingNode() || node.isNull()) {
        return ids;
      }
      for (JsonNode id : node.isArray() ? node : List.of(node)) {
        if (!id.isIntegralNumber() || !id.canConvertToInt() || id.intValue() < -1) {
          throw wrong(name, node, "must be a token id or a list of them");
        }
        if (id.intValue() >= 0) {
          ids.add(id.intValue());
        }
      }
      return ids;
    }

    CorruptFileException wrong(String name, Object value, String rule) {
      String shown = PrintableText.of(value.toString(), 120);
      return new CorruptFileException(
          "File %s cannot be used: %s is %s and %s; fetch the base again or mend the file"
              .formatted(file, name, shown, rule));
    }
  }
}
