package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TestEstimate {
  private static final String TEXT =
      """
      base: {model: "%s"}
      data: {source: talks.jsonl, row-format: prompt-completion, max-tokens: 32}
      adapter: {rank: 4, alpha: 8, targets: [q_proj, v_proj]}
      train: {batch-size: 6, groups: 4, micro-batch-tokens: 64}
      spark: {master: "local[2]", executor.cores: 3}
      """;

  @TempDir Path folder;
  private Path recipe;
  private Path base;

  @BeforeEach
  void write() throws IOException {
    base = TinyBase.decoder(folder, 4);
    recipe = Files.writeString(folder.resolve("recipe.yaml"), TEXT.formatted(base));
  }

  @Test
  void countsFollowFromTheRecipe() throws IOException {
    Path to = folder.resolve("estimate.json");
    String told = estimate("--to", to.toString()).endedWith(0).out();

    JsonNode figures = RunFolderFiles.json(to);
    long trained = figures.path("trained_numbers").longValue();
    JsonNode config = RunFolderFiles.json(base.resolve("config.json"));
    assertThat(trained).isEqualTo(trained(config, 4));
    JsonNode memory = figures.path("memory");
    assertThat(memory.path("base_mapped_once_a_host_bytes").longValue())
        .isEqualTo(4 * (linear() + others()));
    assertThat(figures.path("base_numbers").longValue()).isEqualTo(linear() + others());
    assertThat(memory.path("optimizer_on_the_driver_bytes").longValue()).isEqualTo(8 * trained);
    assertThat(memory.path("parameters_private_to_a_task_bytes").longValue())
        .isEqualTo(12 * trained);
    JsonNode traffic = figures.path("traffic_of_a_step");
    assertThat(traffic.path("to_each_executor_bytes").longValue()).isEqualTo(4 * trained);
    assertThat(traffic.path("to_the_driver_bytes").longValue()).isEqualTo(4 * 4 * trained);
    JsonNode time = figures.path("time");
    assertThat(time.path("measured_tokens").intValue())
        .as("two sequences of a group of two, as many as a micro-batch takes")
        .isEqualTo(64);
    assertThat(time.path("tokens_of_a_step_at_most").intValue()).isEqualTo(6 * 32);
    assertThat(time.path("seconds_of_a_step_one_task_at_a_time").doubleValue())
        .isEqualTo(4 * time.path("seconds_of_a_step_all_groups_at_once").doubleValue());
    assertThat(time.path("measured_operators"))
        .extracting(operator -> operator.path("name").asText())
        .contains("aten::mm");
    assertThat(told)
        .contains("Trained ", "mapped, once a host", "--conf spark.executor.memoryOverhead=")
        .contains("where an executor runs 3 at once")
        .doesNotContain("maxResultSize");
  }

  @Test
  void trainingEveryWeightIsWarnedOf() {
    assertThat(
            estimate("--set", "adapter.method=full", "--set", "adapter.targets=null")
                .endedWith(0)
                .out())
        .contains("all weights travel, there and back, in each step");
    assertThat(estimate().endedWith(0).out()).doesNotContain("all weights travel");
  }

  /** Half a byte for each number of a linear weight and a float for 64 of them; else bfloat16. */
  @Test
  void fourBitsAreCountedAsTheyAreHeld() throws IOException {
    Path packed = folder.resolve("packed.json");
    estimate("--to", packed.toString(), "--set", "base.quantization=nf4-single").endedWith(0);

    assertThat(
            RunFolderFiles.json(packed)
                .path("memory")
                .path("base_mapped_once_a_host_bytes")
                .longValue())
        .isEqualTo(linear() / 2 + linear() / 64 * 4 + 2 * others());
  }

  @Test
  void whatIsWrongIsToldBeforeAnythingIsMeasured() {
    assertThat(
            estimate("--set", "adapter.targets=nothing", "--set", "data.max-tokens=100000")
                .endedWith(2)
                .err())
        .contains("nothing", "Invalid data.max-tokens: 100000");
  }

  @Test
  void aTiedOutputEmbeddingToSaveIsOneProblem() {
    assertThat(estimate("--set", "adapter.modules-to-save=[lm_head]").endedWith(2).err())
        .containsOnlyOnce("lm_head of LlamaForCausalLM")
        .contains("its weight is that of the token table model.embed_tokens")
        .contains("take \"lm_head\" out of adapter.modules-to-save")
        .doesNotContain("Nothing of");
  }

  private long linear() throws IOException {
    return numbers(name -> name.endsWith("_proj.weight"));
  }

  private long others() throws IOException {
    return numbers(name -> !name.endsWith("_proj.weight") && !name.equals("__metadata__"));
  }

  /** As the header of the base's file has them: eight bytes of its length, then JSON. */
  private long numbers(Predicate<String> counted) throws IOException {
    ByteBuffer file =
        ByteBuffer.wrap(Files.readAllBytes(base.resolve("model.safetensors")))
            .order(ByteOrder.LITTLE_ENDIAN);
    byte[] header = new byte[Math.toIntExact(file.getLong())];
    file.get(header);
    long numbers = 0;
    for (Map.Entry<String, JsonNode> tensor : new ObjectMapper().readTree(header).properties()) {
      if (counted.test(tensor.getKey())) {
        JsonNode places = tensor.getValue().path("data_offsets");
        numbers += (places.path(1).longValue() - places.path(0).longValue()) / Float.BYTES;
      }
    }
    return numbers;
  }

  /** Factors of that rank on the query and value projections of each block. */
  private static long trained(JsonNode config, int rank) {
    long hidden = config.path("hidden_size").longValue();
    long head = hidden / config.path("num_attention_heads").longValue();
    long values = head * config.path("num_key_value_heads").longValue();
    return config.path("num_hidden_layers").longValue() * rank * (3 * hidden + values);
  }

  private CommandRun estimate(String... options) {
    List<String> arguments = new ArrayList<>(List.of("estimate", recipe.toString()));
    arguments.addAll(List.of(options));
    return CommandRun.of(arguments.toArray(String[]::new));
  }
}
