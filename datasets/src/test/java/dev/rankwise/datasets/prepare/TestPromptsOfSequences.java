package dev.rankwise.datasets.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.rankwise.datasets.chat.ChatFormat;
import dev.rankwise.datasets.chat.ChatRenderer;
import dev.rankwise.datasets.chat.RowForm;
import dev.rankwise.datasets.chat.TrainOn;
import dev.rankwise.datasets.example.CheckedRow;
import dev.rankwise.datasets.example.TurnColumns;
import dev.rankwise.datasets.example.TurnRowCheck;
import dev.rankwise.datasets.pack.Packing;
import dev.rankwise.datasets.pack.TrainedTokens;
import dev.rankwise.datasets.pack.Truncation;
import dev.rankwise.datasets.prompt.BaseChat;
import dev.rankwise.datasets.prompt.PromptTokens;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.models.tokenizer.HuggingFaceTokenizer;
import dev.rankwise.models.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is put to a model is, token by token, what its training data began with: in each format,
 * with the dictionary's tokenizer and the marks of all formats as tokens of their own.
 */
final class TestPromptsOfSequences {
  private static final Path DICTIONARY = Path.of("../models/dictionary");
  private static final String TEMPLATE =
      "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
          + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

  /** The answer starts with a space, where every tokenizer starts a token. */
  private static final String ROW =
      """
      [{"role":"system","content":"Be brief."},{"role":"user","content":"Name an animal."},
       {"role":"assistant","content":" A stoat."},{"role":"user","content":"Another one?"},
       {"role":"assistant","content":" The otter."}]
      """;

  @TempDir private Path folder;
  private Tokenizer tokenizer;

  @BeforeEach
  void writeTheBase() throws IOException {
    ObjectMapper json = new ObjectMapper();
    JsonNode file = json.readTree(DICTIONARY.resolve("tokenizer.json").toFile());
    ArrayNode added = (ArrayNode) file.get("added_tokens");
    int id = file.get("model").get("vocab").size();
    for (String mark :
        Arrays.stream(ChatFormat.values()).flatMap(it -> it.marks().stream()).distinct().toList()) {
      added
          .addObject()
          .put("id", id++)
          .put("content", mark)
          .put("single_word", false)
          .put("lstrip", false)
          .put("rstrip", false)
          .put("normalized", false)
          .put("special", true);
    }
    json.writeValue(folder.resolve("tokenizer.json").toFile(), file);
    Files.copy(
        DICTIONARY.resolve("tokenizer_config.json"), folder.resolve("tokenizer_config.json"));
    Files.writeString(folder.resolve("chat_template.jinja"), TEMPLATE);
    tokenizer = HuggingFaceTokenizer.open(folder.resolve("tokenizer.json"));
  }

  @AfterEach
  void close() {
    tokenizer.close();
  }

  static Stream<String> formats() {
    return Stream.concat(Stream.of(PromptTokens.TEMPLATE), ChatFormat.labels().stream());
  }

  @ParameterizedTest
  @MethodSource("formats")
  void aPromptIsTheBeginningOfItsSequence(String format) {
    PromptTokens prompts = PromptTokens.of(folder, tokenizer, Optional.of(format));
    int[] prompt = prompts.of(RowForm.MESSAGES.prompt(Map.of("messages", ROW)));

    TrainedTokens sequence = sequence(prompts.renderer().orElseThrow());

    assertThat(Arrays.copyOf(sequence.ids(), prompt.length)).isEqualTo(prompt);
    boolean[] trained = sequence.trained();
    assertThat(trained[prompt.length - 1]).isFalse();
    assertThat(trained[prompt.length] || trained[prompt.length + 1]).isTrue();
    assertThat(prompts.endIds(folder)).contains(lastTarget(sequence));
  }

  @Test
  void aBaseThatDoesNotKnowTheMarksOfAFormatIsSeen() {
    assertThat(new BaseChat(folder, tokenizer).splitMarks(ChatFormat.CHATML)).isEmpty();
    try (Tokenizer own = HuggingFaceTokenizer.open(DICTIONARY.resolve("tokenizer.json"))) {
      BaseChat dictionary = new BaseChat(DICTIONARY, own);
      assertThat(dictionary.splitMarks(ChatFormat.CHATML))
          .containsExactly("<|im_start|>", "<|im_end|>");
      assertThat(dictionary.splitMarks(ChatFormat.PLAIN)).isEmpty();
    }
  }

  private static int lastTarget(TrainedTokens sequence) {
    int last = sequence.length() - 1;
    while (!sequence.trained()[last]) {
      last--;
    }
    return sequence.ids()[last];
  }

  /** The only sequence of the row, as an executor encodes it. */
  private TrainedTokens sequence(ChatRenderer renderer) {
    TurnRowCheck check =
        new TurnRowCheck(
            new TurnColumns(RowForm.MESSAGES, Map.of(), ""),
            renderer,
            TrainOn.LAST_TURN,
            RowLimits.defaults());
    CheckedRow row = check.check(new byte[][] {ROW.getBytes(StandardCharsets.UTF_8)});
    TokenizerSource source = new Opened(folder.resolve("tokenizer.json"));
    List<EncodedRow> encoded = new ArrayList<>();
    SequenceSettings settings =
        new SequenceSettings(
            new TurnColumns(RowForm.MESSAGES, Map.of(), ""),
            SplitRule.trainOnly(),
            1_000,
            RowLimits.defaults(),
            renderer,
            TrainOn.LAST_TURN,
            Truncation.DROP,
            Packing.NONE);
    new SequenceEncoder(source, settings, List.of())
        .encode(List.of(row).iterator())
        .forEachRemaining(encoded::add);
    return encoded.get(0).pieces().get(0);
  }

  /** A file of the test's own. */
  private record Opened(String path) implements TokenizerSource {
    Opened(Path path) {
      this(path.toString());
    }

    @Override
    public String key() {
      return path;
    }

    @Override
    public String baseSha256() {
      return "";
    }

    @Override
    public Tokenizer open() {
      return HuggingFaceTokenizer.open(Path.of(path));
    }
  }
}
