package dev.rankwise.models.tokenizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The simplest tokenizer: the words w0, w1 and so on; w1 begins a text, w2 ends one. */
public final class WordList {
  private WordList() {}

  /** Writes its files into a base's folder. */
  public static void write(Path base, int size) throws IOException {
    String words =
        IntStream.range(0, size)
            .mapToObj("\"w%1$s\": %1$s"::formatted)
            .collect(Collectors.joining(","));
    Files.writeString(
        base.resolve("tokenizer.json"),
        """
        {"version": "1.0", "pre_tokenizer": {"type": "WhitespaceSplit"},
         "added_tokens": [{"id": 1, "content": "w1", "special": true, "single_word": false,
           "lstrip": false, "rstrip": false, "normalized": false}],
         "post_processor": {"type": "TemplateProcessing",
           "single": [{"SpecialToken": {"id": "w1", "type_id": 0}}, {"Sequence": {"id": "A",
             "type_id": 0}}], "pair": [],
           "special_tokens": {"w1": {"id": "w1", "ids": [1], "tokens": ["w1"]}}},
         "model": {"type": "WordLevel", "vocab": {%s}, "unk_token": "w0"}}
        """
            .formatted(words));
    Files.writeString(
        base.resolve("tokenizer_config.json"), "{\"bos_token\": \"w1\", \"eos_token\": \"w2\"}");
  }
}
