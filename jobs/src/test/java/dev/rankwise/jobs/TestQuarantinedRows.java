package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.tokenizer.HuggingFaceTokenizer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A row with a word whose vector in the base is no number: each step fails that it is in. */
@Tag("spark")
final class TestQuarantinedRows {
  private static final String WORD = "volcano";
  private static final String TABLE = "embeddings.word_embeddings.weight";
  private static final String WEIGHTS = "model.safetensors";

  @TempDir Path folder;

  private TicketRecipe recipe;
  private String heldOut;

  @BeforeEach
  void writeARecipe() throws IOException {
    Path base = TinyBase.withPooler(folder, 1);
    spoil(base);
    recipe =
        TicketRecipe.write(
            folder, base, Tickets.write(folder, rows(0, 45, "row-x", "A " + WORD + " is near")));
    heldOut =
        "data.evaluation-source=" + Tickets.write(folder, rows(45, 57, "row-y", "All is well"));
  }

  @Test
  void itIsLeftOutAndToldByItsId() throws Exception {
    Path run = folder.resolve("run");

    CommandRun command = tune(run, "train.quarantine=1").endedWith(0);

    assertThat(command.out())
        .contains(": 1 example at position ")
        .contains("Left out   1 row, with which steps fail: row-x")
        .doesNotContain(WORD);
    JsonNode result = RunFolderFiles.json(run.resolve("result.json"));
    assertThat(result.get("quarantined_rows")).hasSize(1);
    assertThat(result.get("quarantined_rows").get(0).textValue()).isEqualTo("row-x");
    assertThat(Files.readString(run.resolve("adapter/README.md"))).contains("left out");
  }

  @Test
  void withoutTheRecipesWordTheRunStops() throws Exception {
    Path run = folder.resolve("run");

    CommandRun command = tune(run, "train.quarantine=0").endedWith(9);

    assertThat(command.error()).contains("must be finite");
    assertThat(RunFolderFiles.json(run.resolve("result.json")).has("quarantined_rows")).isFalse();
  }

  private CommandRun tune(Path run, String setting) {
    return recipe.run(
        "tune",
        run,
        "data.key-column=id",
        "data.test-fraction=null",
        "train.epochs=2",
        heldOut,
        setting);
  }

  private static List<String> rows(int from, int to, String id, String message) {
    List<String> lines = new ArrayList<>(List.of("id,message,queue"));
    for (int row = from; row < to; row++) {
      int queue = row % Tickets.QUEUES.size();
      lines.add(Tickets.line("row-" + row, Tickets.text(queue, row), Tickets.QUEUES.get(queue)));
    }
    lines.add(Tickets.line(id, message, Tickets.QUEUES.get(0)));
    return lines;
  }

  /** Makes the vector of the word no number. */
  private static void spoil(Path base) throws IOException {
    int id;
    try (HuggingFaceTokenizer tokenizer =
        HuggingFaceTokenizer.open(base.resolve("tokenizer.json"))) {
      id = tokenizer.id(WORD).orElseThrow();
    }
    List<StoredTensor> tensors = new ArrayList<>();
    try (SafetensorsFile file = SafetensorsFile.open(base.resolve(WEIGHTS))) {
      file.tensors()
          .forEach(
              (name, spec) -> {
                ByteBuffer bytes = file.bytes(name);
                ByteBuffer copy = ByteBuffer.allocate(bytes.remaining());
                copy.put(bytes).flip().order(ByteOrder.LITTLE_ENDIAN);
                if (name.endsWith(TABLE)) {
                  int width = spec.shape().get(1).intValue();
                  copy.putFloat(id * width * Float.BYTES, Float.NaN);
                }
                tensors.add(new StoredTensor(name, spec.type(), spec.shape(), copy));
              });
    }
    Files.delete(base.resolve(WEIGHTS));
    SafetensorsWriter.write(base.resolve(WEIGHTS), Map.of(), tensors);
  }
}
