package dev.rankwise.datasets.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.datasets.chat.ChatFormat;
import dev.rankwise.datasets.chat.ChatRenderer;
import dev.rankwise.datasets.chat.FormatRenderer;
import dev.rankwise.datasets.chat.TemplateRenderer;
import dev.rankwise.datasets.chat.TextMarks;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.FileFailure;
import dev.rankwise.models.format.StrictJson;
import dev.rankwise.models.tokenizer.BoundaryTokens;
import dev.rankwise.models.tokenizer.SpecialTokens;
import dev.rankwise.models.tokenizer.TextEncoding;
import dev.rankwise.models.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a base writes conversations: the marks of its tokenizer, and its own chat template, which is
 * {@code chat_template.jinja} or {@code chat_template} in {@code tokenizer_config.json}.
 *
 * @param folder the base's folder
 * @param tokenizer its tokenizer
 */
public record BaseChat(Path folder, Tokenizer tokenizer) {
  private static final String TEMPLATE_FILE = "chat_template.jinja";
  private static final String CONFIGURATION = "tokenizer_config.json";
  private static final String TEMPLATE = "chat_template";
  private static final String USUAL = "default";
  private static final long MAXIMUM_CONFIGURATION = 64L << 20;
  private static final long MAXIMUM_TEMPLATE = 4L << 20;

  public BaseChat {
    Objects.requireNonNull(folder, "folder");
    Objects.requireNonNull(tokenizer, "tokenizer");
  }

  /** The renderer of a format of the closed list. */
  public ChatRenderer format(ChatFormat format) {
    return new FormatRenderer(format, marks());
  }

  /** Marks of a format that are several tokens to this base, or none: it does not know them. */
  public List<String> splitMarks(ChatFormat format) {
    return format.marks().stream().filter(mark -> !isToken(mark)).toList();
  }

  private boolean isToken(String mark) {
    OptionalInt id = tokenizer.id(mark);
    int[] ids = tokenizer.encode(mark, SpecialTokens.LEFT_OUT).ids();
    return id.isPresent() && ids.length == 1 && ids[0] == id.getAsInt();
  }

  /** Whether the base has a template of its own. */
  public boolean hasTemplate() {
    return source().isPresent();
  }

  /**
   * The renderer of the base's own template.
   *
   * @throws UserInputException if it has none, or one that is not read
   */
  public ChatRenderer template() {
    String source =
        source()
            .orElseThrow(
                () ->
                    new UserInputException(
                        ("Cannot render conversations: base folder %s has no chat template of its"
                                + " own (neither %s nor %s in %s); name one of the known formats in"
                                + " data.chat-format: %s")
                            .formatted(
                                folder,
                                TEMPLATE_FILE,
                                TEMPLATE,
                                CONFIGURATION,
                                String.join(", ", ChatFormat.labels()))));
    return TemplateRenderer.checked(source, marks(), "base folder " + folder);
  }

  /** The marks that start and end a text. */
  TextMarks marks() {
    BoundaryTokens tokens = BoundaryTokens.of(folder, tokenizer);
    TextEncoding letter = tokenizer.encode("a", SpecialTokens.INCLUDED);
    boolean opens =
        letter.length() > 0
            && letter.isInserted(0)
            && tokens.beginning().isPresent()
            && letter.id(0) == tokens.beginning().getAsInt();
    String start = spelled(tokens.beginning());
    return new TextMarks(start, spelled(tokens.end()), opens ? start : "");
  }

  private String spelled(OptionalInt id) {
    return id.isPresent() ? tokenizer.tokens(new int[] {id.getAsInt()})[0] : "";
  }

  private Optional<String> source() {
    Path file = folder.resolve(TEMPLATE_FILE);
    if (Files.isRegularFile(file)) {
      return Optional.of(text(file));
    }
    Path configuration = folder.resolve(CONFIGURATION);
    if (!Files.isRegularFile(configuration)) {
      return Optional.empty();
    }
    JsonNode template = StrictJson.read(configuration, MAXIMUM_CONFIGURATION).path(TEMPLATE);
    // A base with several templates lists them by name.
    if (template.isArray()) {
      for (JsonNode named : template) {
        if (named.path("name").asText().equals(USUAL)) {
          return Optional.of(named.path("template").asText());
        }
      }
    }
    return template.isTextual() ? Optional.of(template.textValue()) : Optional.empty();
  }

  private static String text(Path file) {
    try {
      if (Files.size(file) > MAXIMUM_TEMPLATE) {
        throw new CorruptFileException(
            "Chat template %s cannot be used: it has more than %s bytes; fetch the base again"
                .formatted(file, MAXIMUM_TEMPLATE));
      }
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException failure) {
      throw FileFailure.reading(file, failure);
    }
  }
}
