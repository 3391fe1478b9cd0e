package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.Golden;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is told of a merge that gives another model than the one that was tuned. */
final class TestMerge {
  private static final String NOTE = "Note: the output embedding shares the token table";

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "lora-gemma2-embedding, gemma2, true",
    "lora-embedding-llama, llama, true",
    "lora-qwen3, qwen3, false",
    "lora-gpt2, gpt2, false"
  })
  void embeddingThatIsSharedIsTold(String adapter, String base, boolean told) {
    CommandRun merged =
        CommandRun.of(
            "merge",
            Golden.own("adapters/" + adapter).toString(),
            "--base",
            Golden.own("models/" + base).toString(),
            "--out",
            folder.resolve("merged").toString());

    assertThat(merged.endedWith(0).out().contains(NOTE)).isEqualTo(told);
  }
}
