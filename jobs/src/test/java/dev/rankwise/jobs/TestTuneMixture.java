package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.adapters.peft.AdapterCard;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.adapters.spec.ExpertMixture.Gates;
import dev.rankwise.adapters.spec.ExpertMixture.Router;
import dev.rankwise.adapters.spec.ExpertMixture.Scope;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.source.BaseCache;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A mixture of experts from rows to answers, through every command that meets it. */
@Tag("spark")
final class TestTuneMixture {
  private static final String TEXT =
      """
      base: {model: "%s"}
      data: {source: "%s", row-format: prompt-completion, test-fraction: 0.25, max-tokens: 48}
      adapter:
        method: moe-lora
        rank: 2
        alpha: 4
        experts: 4
        top-k: 2
        router-scope: block
        router-jitter: 0.05
        dropout: 0.1
        targets: all-linear
      train: {batch-size: 8, groups: 2, micro-batch-tokens: 64, epochs: 2, learning-rate: 2e-2}
      spark: {master: "local[2]", sql.shuffle.partitions: 2}
      """;

  @TempDir Path folder;
  private Path base;
  private Path recipe;

  @BeforeEach
  void write() throws IOException {
    base = TinyBase.decoder(folder, 4);
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      String queue = Tickets.QUEUES.get(i % 3);
      rows.add(
          "{\"prompt\":\"ticket %s about %s\",\"completion\":\"it goes to %s\"}"
              .formatted(i, queue, queue));
    }
    Path source = Files.write(folder.resolve("rows.jsonl"), rows);
    recipe = Files.writeString(folder.resolve("recipe.yaml"), TEXT.formatted(base, source));
  }

  @Test
  void isTunedReportedLoadedAndNotMerged() throws IOException {
    Path run = folder.resolve("run");
    CommandRun.of("tune", recipe.toString(), "--out", run.toString()).endedWith(0);

    JsonNode result = RunFolderFiles.json(run.resolve("result.json"));
    JsonNode evaluation = result.path("evaluation");
    assertThat(evaluation.path("after").path("perplexity").doubleValue())
        .isLessThan(evaluation.path("before").path("perplexity").doubleValue());
    JsonNode step = RunFolderFiles.jsonLines(run.resolve("metrics.jsonl")).get(0);
    assertThat(step.path("balance_loss").doubleValue()).isBetween(0.9, 2.0);
    assertThat(step.path("router_load")).hasSize(2);
    assertThat(step.path("router_load").path(1)).hasSize(4);
    assertThat(Files.readString(run.resolve("report.html")))
        .contains("Load of experts by router", "model.layers.1.mlp.gate_proj")
        .contains("adapter/experts/0");
    Path again = folder.resolve("again");
    CommandRun.of(
            "tune", recipe.toString(), "--out", again.toString(), "--set", "spark.master=local[1]")
        .endedWith(0);
    assertThat(RunFolderFiles.json(again.resolve("result.json")).path("adapter_sha256"))
        .isEqualTo(result.path("adapter_sha256"));

    Path figures = folder.resolve("figures.json");
    CommandRun.of("evaluate", run.toString(), "--to", figures.toString()).endedWith(0);
    assertThat(RunFolderFiles.json(figures).path("after").path("perplexity"))
        .isEqualTo(evaluation.path("after").path("perplexity"));
    CommandRun answer =
        CommandRun.of(
            "generate", run.toString(), "--prompt", "ticket 1 about", "--max-new-tokens", "4");
    assertThat(answer.endedWith(0).out()).isNotBlank();
    assertThat(CommandRun.of("inspect", run.resolve("adapter").toString()).endedWith(0).out())
        .contains("moe-lora", "experts of a token");
    Path expert = run.resolve("adapter/experts/3");
    assertThat(CommandRun.of("inspect", expert.toString()).endedWith(0).out()).contains("lora");
    assertThat(
            CommandRun.of("merge", run.toString(), "--out", folder.resolve("merged").toString())
                .endedWith(2)
                .error())
        .contains("Cannot merge an adapter of method \"moe-lora\": its router weighs the experts");
  }

  @Test
  void rowsOfATaskAreComputedByItsGate() throws IOException {
    BaseDirectory directory = new BaseSource(BaseCache.defaultRoot()).resolve(base.toString());
    ExpertMixture mixture =
        new ExpertMixture(2, 1, Router.TASK, Scope.MODULE, Gates.RAW, 0.1, 0, 0, 0, 2, 1);
    AdapterPlan plan =
        AdapterPlan.of(
            ModelConfig.read(directory.config()), AdapterSpec.of("moe-lora").withMixture(mixture));
    SplittableRandom random = new SplittableRandom(3);
    float[] values = new float[plan.layout().size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    Path adapter = folder.resolve("tasks");
    PeftDirectory.create(
        adapter, new Adapter(plan, values), AdapterCard.of("0", "tiny", directory.sha256()));

    float[] scores = scores(adapter, 0, 1);

    int half = scores.length / 2;
    assertThat(Arrays.copyOfRange(scores, 0, half))
        .isNotEqualTo(Arrays.copyOfRange(scores, half, scores.length));
    assertThat(forward(adapter, 0, 2).endedWith(2).error())
        .contains("Unknown task id: 2 (the adapter routes by 2 tasks, from 0 on)");
    assertThat(forward(adapter).endedWith(2).error()).contains("Unknown task id: none");
  }

  private float[] scores(Path adapter, long... tasks) {
    forward(adapter, tasks).endedWith(0);
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("out.safetensors"))) {
      return file.floats("logits");
    }
  }

  /** The same three tokens for each task. */
  private CommandRun forward(Path adapter, long... tasks) {
    int rows = Math.max(1, tasks.length);
    long[] ids = new long[3 * rows];
    long[] mask = new long[3 * rows];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = 1000 + i % 3;
      mask[i] = 1;
    }
    List<StoredTensor> tensors = new ArrayList<>();
    tensors.add(longs("input_ids", ids, rows, 3));
    tensors.add(longs("attention_mask", mask, rows, 3));
    if (tasks.length > 0) {
      tensors.add(longs("task_ids", tasks, rows));
    }
    Path inputs = folder.resolve("in.safetensors");
    SafetensorsWriter.write(inputs, Map.of(), tensors);
    return CommandRun.of(
        "forward",
        base.toString(),
        "--adapter",
        adapter.toString(),
        "--inputs",
        inputs.toString(),
        "--to",
        folder.resolve("out.safetensors").toString());
  }

  private static StoredTensor longs(String name, long[] values, long... shape) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Long.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(values);
    return new StoredTensor(name, ElementType.I64, Arrays.stream(shape).boxed().toList(), bytes);
  }
}
