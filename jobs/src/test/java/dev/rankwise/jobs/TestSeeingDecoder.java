package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.models.Golden;
import dev.rankwise.models.VoraCase;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.VisionEmbedding;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.format.TensorSpec;
import dev.rankwise.models.network.PaddedCase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code forward} and {@code merge} on a decoder that sees, from files written by hand. */
final class TestSeeingDecoder {
  private static final int PLACEHOLDER = VisionEmbedding.USUAL_PLACEHOLDER;

  @TempDir Path folder;
  private VoraCase golden;
  private Path base;
  private Path adapter;

  @BeforeEach
  void write() throws IOException {
    base = folder.resolve("base");
    golden = VoraCase.of(Golden.own("vora"), base);
    adapter = Files.createDirectories(folder.resolve("adapter"));
    int rank = golden.facts().get("r").intValue();
    Files.writeString(
        adapter.resolve("adapter_config.json"),
        """
        {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": %s, "lora_alpha": %s,
         "target_modules": ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj",
         "down_proj"], "layers_to_transform": [0, 1], "base_model_name_or_path": "%s"}
        """
            .formatted(rank, rank, base));
    describe(golden.adapted());
    store("adapter_model", ".*\\.lora_.*", "base_model.model.");
    store("vision_embedding", "vision_embedding\\..*", "");
    store("distillation_heads", "heads\\..*", "");
  }

  private void describe(int distilled) throws IOException {
    Files.writeString(
        adapter.resolve("vora_config.json"),
        """
        {"format_version": 1, "image_size": %s, "patch_size": %s, "num_channels": 3,
         "intermediate_size": %s, "norm_eps": %s, "image_attention": "bidirectional",
         "image_token_id": %s, "distilled_blocks": %s}
        """
            .formatted(
                golden.facts().get("side"),
                golden.facts().get("patch"),
                golden.facts().get("vision"),
                golden.facts().get("eps"),
                PLACEHOLDER,
                distilled));
  }

  private void store(String file, String names, String prefix) {
    List<StoredTensor> tensors = new ArrayList<>();
    try (SafetensorsFile weights = golden.weights()) {
      for (TensorSpec tensor : weights.tensors().values()) {
        if (tensor.name().matches(names)) {
          float[] values = weights.floats(tensor.name());
          tensors.add(StoredTensor.ofFloats(prefix + tensor.name(), tensor.shape(), values));
        }
      }
    }
    SafetensorsWriter.write(adapter.resolve(file + ".safetensors"), Map.of(), tensors);
  }

  /** Rows of ids with placeholders, pictures and the teacher's features, as the case has them. */
  private Map<String, StoredTensor> inputs() {
    Map<String, StoredTensor> inputs = new TreeMap<>();
    int rows = golden.facts().get("patterns").size();
    int columns = golden.facts().get("patterns").get(0).textValue().length();
    long[] ids = new long[rows * columns];
    long[] mask = new long[rows * columns];
    try (SafetensorsFile values = golden.values()) {
      for (int row = 0; row < rows; row++) {
        String pattern = golden.facts().get("patterns").get(row).textValue();
        long[] text = values.longs("text_ids." + row);
        int read = 0;
        for (int i = 0; i < columns; i++) {
          int place = row * columns + i;
          char kind = pattern.charAt(i);
          mask[place] = kind == 'p' ? 0 : 1;
          ids[place] = kind == 't' ? text[read++] : kind == 'p' ? 0 : PLACEHOLDER;
        }
      }
      List<Long> shape = List.of((long) rows, (long) columns);
      put(inputs, StoredTensor.ofLongs("input_ids", shape, ids));
      put(inputs, StoredTensor.ofLongs("attention_mask", shape, mask));
      put(inputs, StoredTensor.ofLongs("labels", shape, values.longs("labels")));
      picture(inputs, values, "image.square", 0);
      picture(inputs, values, "image.wide", 1);
      List<Long> teacher = values.tensors().get("teacher").shape();
      float[] features = values.floats("teacher");
      int size = features.length / Math.toIntExact(teacher.get(0));
      for (int block = 0; block < golden.adapted(); block++) {
        float[] own = Arrays.copyOfRange(features, block * size, (block + 1) * size);
        put(inputs, StoredTensor.ofFloats("teacher." + block, teacher.subList(1, 3), own));
      }
    }
    return inputs;
  }

  private static void picture(
      Map<String, StoredTensor> inputs, SafetensorsFile values, String name, int number) {
    List<Long> shape = values.tensors().get(name).shape();
    put(inputs, StoredTensor.ofFloats("pixel_values." + number, shape, values.floats(name)));
  }

  private static void put(Map<String, StoredTensor> inputs, StoredTensor tensor) {
    inputs.put(tensor.name(), tensor);
  }

  @Test
  void logitsLossesAndGradientsOfHeadsAreTheGoldenOnes() throws IOException {
    Path out = folder.resolve("out.safetensors");
    forward(base, adapter, inputs(), out, "--gradients").endedWith(0);

    try (SafetensorsFile ours = SafetensorsFile.open(out);
        SafetensorsFile values = golden.values()) {
      logitsAgree(ours, values);
      double crossEntropy =
          values.doubles("cross_entropy")[0] * golden.facts().get("targets").doubleValue();
      assertThat((double) ours.floats("loss_sum")[0])
          .isCloseTo(crossEntropy, within(1e-4 * crossEntropy));
      double likeness = Arrays.stream(values.doubles("distillation")).average().orElseThrow();
      assertThat((double) ours.floats("loss_terms")[0]).isCloseTo(likeness, within(1e-4));
      float[] gradient = ours.floats("heads.1.linear.weight");
      double[] expected = values.doubles("grad.heads.1.linear.weight");
      for (int i = 0; i < expected.length; i++) {
        assertThat((double) gradient[i]).isCloseTo(expected[i], within(1e-5));
      }
      assertThat(ours.tensors())
          .containsKeys(
              "vision_embedding.pos_embed",
              "base_model.model.model.layers.1.mlp.down_proj.lora_B.weight");
    }
  }

  /** Narrower weights move the numbers a little, and every segment has its gradients still. */
  @ParameterizedTest
  @ValueSource(strings = {"--dtype=bfloat16", "--quantization=nf4"})
  void narrowerBasesLearnToSeeToo(String form) throws IOException {
    Path out = folder.resolve("out.safetensors");
    forward(base, adapter, inputs(), out, "--gradients", form).endedWith(0);

    try (SafetensorsFile ours = SafetensorsFile.open(out);
        SafetensorsFile values = golden.values()) {
      double likeness = Arrays.stream(values.doubles("distillation")).average().orElseThrow();
      assertThat((double) ours.floats("loss_terms")[0]).isCloseTo(likeness, within(0.1));
      for (int block = 0; block < golden.adapted(); block++) {
        String name = "heads.%s.linear.weight".formatted(block);
        assertThat(PaddedCase.cosineOf(ours.floats(name), floats(values, "grad." + name)))
            .as(name)
            .isGreaterThan(0.9);
      }
    }
  }

  private static float[] floats(SafetensorsFile values, String name) {
    double[] doubles = values.doubles(name);
    float[] floats = new float[doubles.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) doubles[i];
    }
    return floats;
  }

  private void logitsAgree(SafetensorsFile ours, SafetensorsFile values) {
    double[] found = golden.real(ours.doubles("logits"));
    double[] expected = golden.real(values.doubles("logits"));
    assertThat(found).hasSize(expected.length);
    for (int i = 0; i < expected.length; i++) {
      assertThat(found[i]).isCloseTo(expected[i], within(1e-4));
    }
  }

  @Test
  void mergedItIsAPlainDecoderAndAnEmbeddingOfPatches() throws IOException {
    Path merged = folder.resolve("merged");
    CommandRun run =
        CommandRun.of("merge", "" + adapter, "--base", "" + base, "--out", "" + merged)
            .endedWith(0);
    Path out = folder.resolve("out.safetensors");
    forward(merged, merged.resolve("vision"), inputs(), out).endedWith(0);

    assertThat(run.out()).contains("Sees       by its embedding of patches");
    assertThat(ModelConfig.read(merged.resolve("config.json"))).isEqualTo(golden.plain());
    try (SafetensorsFile ours = SafetensorsFile.open(out);
        SafetensorsFile values = golden.values();
        SafetensorsFile weights = SafetensorsFile.open(merged.resolve("model.safetensors"))) {
      logitsAgree(ours, values);
      assertThat(weights.tensors().keySet()).noneMatch(name -> name.contains("vision"));
    }
  }

  @Test
  void textNeedsNoPictureAndNoTeacher() throws IOException {
    Map<String, StoredTensor> inputs = new TreeMap<>();
    List<Long> shape = List.of(1L, 3L);
    put(inputs, StoredTensor.ofLongs("input_ids", shape, new long[] {1, 2, 3}));
    put(inputs, StoredTensor.ofLongs("attention_mask", shape, new long[] {1, 1, 1}));

    forward(base, adapter, inputs, folder.resolve("out.safetensors")).endedWith(0);
  }

  @Test
  void picturesThatDoNotFitTheTokensAreRefused() throws IOException {
    Map<String, StoredTensor> inputs = inputs();
    StoredTensor wide = inputs.remove("pixel_values.1");
    refused(inputs, "input_ids has 40 placeholders -200, and the 1 pictures have 16 patches");

    put(inputs, wide);
    StoredTensor square = inputs.get("pixel_values.0");
    put(inputs, StoredTensor.ofFloats("pixel_values.0", wide.shape(), wide.floats()));
    put(inputs, StoredTensor.ofFloats("pixel_values.1", square.shape(), square.floats()));
    refused(inputs, "input_ids breaks picture 1 apart, its patches must follow each other");

    Map<String, StoredTensor> others = inputs();
    put(others, StoredTensor.ofFloats("pixel_values.1", List.of(3L, 6L, 64L), wide.floats()));
    refused(
        others, "has a picture of (3, 6, 64), must have 3 channels and sides that patches of 4");
    put(others, StoredTensor.ofFloats("pixel_values.1", List.of(4L), new float[4]));
    refused(others, "pixel_values.1 has shape [4], must be (pictures, channels, height, width)");
    float[] spoilt = wide.floats();
    spoilt[7] = Float.POSITIVE_INFINITY;
    put(others, StoredTensor.ofFloats("pixel_values.1", wide.shape(), spoilt));
    refused(others, "pixel_values.1 holds a number that is not finite");
  }

  @Test
  void aTeacherThatDoesNotFitIsRefused() throws IOException {
    Map<String, StoredTensor> inputs = inputs();
    inputs.remove("teacher.1");
    refused(inputs, "teacher.1 is missing, the adapter compares block 1 with it");
    put(inputs, StoredTensor.ofFloats("teacher.1", List.of(40L, 1L), new float[40]));
    refused(inputs, "teacher.1 has shape [40, 1], must be [40, 20]");

    describe(0);
    assertThat(
            forward(base, adapter, inputs, folder.resolve("none"), "--gradients")
                .endedWith(0)
                .out())
        .isEmpty();
  }

  private void refused(Map<String, StoredTensor> inputs, String why) throws IOException {
    assertThat(
            forward(base, adapter, inputs, folder.resolve("none.safetensors")).endedWith(2).error())
        .contains(why);
  }

  private CommandRun forward(
      Path ofBase, Path ofAdapter, Map<String, StoredTensor> inputs, Path out, String... more)
      throws IOException {
    Path file = Files.createTempFile(folder, "in", ".safetensors");
    SafetensorsWriter.write(file, Map.of(), List.copyOf(inputs.values()));
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "forward",
                "" + ofBase,
                "--adapter",
                "" + ofAdapter,
                "--inputs",
                "" + file,
                "--to",
                "" + out));
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray(String[]::new));
  }
}
