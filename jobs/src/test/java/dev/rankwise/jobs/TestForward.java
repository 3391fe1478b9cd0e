package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.models.Golden;
import dev.rankwise.models.GoldenSupport;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.network.PaddedCase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** {@code forward} against what PEFT and transformers computed. */
final class TestForward {
  private static final double TOLERANCE = 1e-4;
  private static final String GRADIENT = "grad.";

  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> everyGoldenAdapter() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path golden : Golden.folders("adapters")) {
      Optional<String> uncomputed = GoldenSupport.adapterUncomputed(golden);
      if (uncomputed.isPresent()) {
        Golden.skipped(golden, uncomputed.get());
        continue;
      }
      JsonNode facts = RunFolderFiles.json(golden.resolve("case.json"));
      Path base = GoldenSupport.base(golden);
      String name = golden.getFileName().toString();
      tests.add(DynamicTest.dynamicTest(name, () -> agrees(golden, base)));
      tests.add(
          DynamicTest.dynamicTest(name + " bfloat16", () -> narrowAgrees(golden, base, facts)));
    }
    Golden.requireSome("adapters on a base that is computed", tests.size(), 56);
    return tests.stream();
  }

  @TestFactory
  Stream<DynamicTest> everyGoldenBase() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path golden : Golden.folders("models")) {
      Optional<String> uncomputed = GoldenSupport.baseUncomputed(golden);
      if (uncomputed.isPresent()) {
        Golden.skipped(golden, uncomputed.get());
        continue;
      }
      tests.add(
          DynamicTest.dynamicTest(golden.getFileName().toString(), () -> logitsAgree(golden)));
    }
    Golden.requireSome("bases in models", tests.size(), 12);
    return tests.stream();
  }

  private void logitsAgree(Path golden) throws IOException {
    Path out = Files.createTempFile(folder, "out", ".safetensors");
    Path expected = golden.resolve("cases.safetensors");
    forward(golden, expected, out, "--states").endedWith(0);
    close(out, expected, "logits", TOLERANCE);
    close(out, expected, "last_hidden_state", TOLERANCE);
    try (SafetensorsFile values = SafetensorsFile.open(expected)) {
      for (int i = 0; values.tensors().containsKey("hidden." + i); i++) {
        close(out, expected, "hidden." + i, TOLERANCE);
      }
    }
  }

  private void agrees(Path golden, Path base) throws IOException {
    Path out = Files.createTempFile(folder, "out", ".safetensors");
    adapted(base, golden, out, "--gradients", "--quantization", quantization(golden)).endedWith(0);
    Path expected = golden.resolve("cases.safetensors");
    close(out, expected, "logits", TOLERANCE);
    try (SafetensorsFile ours = SafetensorsFile.open(out);
        SafetensorsFile theirs = SafetensorsFile.open(expected)) {
      double loss = theirs.floats("loss_sum")[0];
      assertThat((double) ours.floats("loss_sum")[0]).isCloseTo(loss, within(TOLERANCE * loss));
      List<String> names = gradients(theirs);
      double largest = 0;
      for (String name : names) {
        largest = Math.max(largest, largest(theirs.floats(name)));
      }
      assertThat(names).isNotEmpty();
      // Of a module of rank 0 PEFT has no gradient, and ours has no numbers.
      assertThat(ours.tensors().values().stream().filter(tensor -> tensor.byteSize() > 0))
          .hasSize(2 + names.size());
      for (String name : names) {
        float[] wanted = theirs.floats(name);
        float[] found = ours.floats(name.substring(GRADIENT.length()));
        assertThat(found).as(name).hasSameSizeAs(wanted);
        for (int i = 0; i < wanted.length; i++) {
          assertThat((double) found[i])
              .as("%s at %d", name, i)
              .isCloseTo(wanted[i], within(1e-5 * largest + 1e-4 * Math.abs(wanted[i])));
        }
      }
    }
  }

  /** Within twice the distance that PEFT's own bfloat16 keeps from exact arithmetic. */
  private void narrowAgrees(Path golden, Path base, JsonNode facts) throws IOException {
    Path out = Files.createTempFile(folder, "narrow", ".safetensors");
    adapted(
            base,
            golden,
            out,
            "--gradients",
            "--dtype",
            "bfloat16",
            "--quantization",
            quantization(golden))
        .endedWith(0);
    try (SafetensorsFile ours = SafetensorsFile.open(out);
        SafetensorsFile theirs = SafetensorsFile.open(golden.resolve("cases.safetensors"))) {
      float[] logits = atTokens(ours.floats("logits"), theirs);
      assertThat(
              PaddedCase.distanceOf(
                  logits, atTokens(theirs.floats("bf16.reference_logits"), theirs)))
          .isLessThanOrEqualTo(2 * facts.get("bf16_gap").doubleValue());
      assertThat(PaddedCase.cosineOf(logits, atTokens(theirs.floats("bf16.logits"), theirs)))
          .isGreaterThanOrEqualTo(0.999);
      double largest = 0;
      for (String name : gradients(theirs)) {
        largest = Math.max(largest, largest(theirs.floats(name)));
      }
      for (String name : gradients(theirs)) {
        if (largest(theirs.floats(name)) < 1e-5 * largest) {
          continue; // Zero in exact arithmetic, as of a key's bias: what is stored is noise.
        }
        assertThat(
                PaddedCase.cosineOf(
                    ours.floats(name.substring(GRADIENT.length())), theirs.floats("bf16." + name)))
            .as(name)
            .isGreaterThanOrEqualTo(0.99);
      }
    }
  }

  private static String quantization(Path golden) {
    return GoldenSupport.form(golden).label();
  }

  private static double largest(float[] values) {
    double largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  @Test
  void basesWithoutAHeadGiveTheirLastStates() throws IOException {
    Path inputs = inputs(Map.of());
    Path out = folder.resolve("states.safetensors");

    forward("minilm", inputs, out).endedWith(0);

    try (SafetensorsFile file = SafetensorsFile.open(out)) {
      assertThat(file.tensors().get("last_hidden_state").shape()).containsExactly(2L, 3L, 384L);
      float[] states = file.floats("last_hidden_state");
      assertThat(states[4 * 384]).isNotZero();
      assertThat(states[5 * 384]).as("padding").isZero();
    }
  }

  @Test
  void gradientsNeedLabelsAndAnAdapter() throws IOException {
    CommandRun run =
        forward(Golden.own("models/bert"), inputs(Map.of()), folder.resolve("o"), "--gradients");

    assertThat(run.endedWith(2).error())
        .isEqualTo(
            "Cannot compute gradients: they need labels among the inputs, and an adapter whose"
                + " tensors are trained; give both, or leave out --gradients");
  }

  @Test
  void inputsThatTheBaseDoesNotKnowAreRefused() throws IOException {
    refused(
        Map.of("input_ids", new long[] {1, 2, 96, 4, 5, 0}),
        "input_ids holds 96, must be in [0, 96)");
    refused(Map.of("input_ids", new long[] {1L << 40, 2, 3, 4, 5, 0}), "holds 1099511627776");
    refused(Map.of("attention_mask", new long[] {0, 1, 1, 1, 1, 0}), "pad on the right");
    refused(Map.of("token_type_ids", new long[] {0, 0, 7, 0, 0, 0}), "token_type_ids holds 7");
    refused(Map.of("position_ids", new long[] {0, 1, -1, 0, 1, 2}), "position_ids holds -1");
    refused(Map.of("labels", new long[] {0, 3}), "labels holds 3, must be in [0, 3)");
    refused(Map.of("labels", new long[] {0, 1, 2}), "labels has shape [3], must be [2]");
  }

  @Test
  void aSequenceThatTheBaseCannotTakeIsRefused() throws IOException {
    int most = ModelConfig.read(Golden.own("models/bert").resolve("config.json")).maximumSequence();
    List<Long> shape = List.of(1L, most + 1L);
    long[] ones = new long[most + 1];
    Arrays.fill(ones, 1);
    Path inputs = folder.resolve("long.safetensors");
    SafetensorsWriter.write(
        inputs,
        Map.of(),
        List.of(
            StoredTensor.ofLongs("attention_mask", shape, ones),
            StoredTensor.ofLongs("input_ids", shape, ones)));

    CommandRun run = forward(Golden.own("models/bert"), inputs, folder.resolve("o"));

    assertThat(run.endedWith(2).error())
        .contains(
            "tensor input_ids has a sequence of %s tokens, must have at most %s for this base"
                .formatted(most + 1, most));
  }

  @Test
  void picturesThatTheBaseDoesNotReadAreRefused() throws IOException {
    refusedPictures(List.of(1L, 3L, 16L, 8L), 0, "has shape [1, 3, 16, 8], must be (pictures, 3,");
    refusedPictures(List.of(3L, 16L, 16L), 0, "has shape [3, 16, 16], must be (pictures, 3, 16");
    refusedPictures(List.of(0L, 3L, 16L, 16L), 0, "has shape [0, 3, 16, 16], must be");
    refusedPictures(
        List.of(1L, 3L, 16L, 16L), Float.NaN, "pixel_values holds a number that is not finite");

    CommandRun tokens = forward(Golden.own("models/vit"), inputs(Map.of()), folder.resolve("o"));
    assertThat(tokens.endedWith(2).error()).contains("tensor pixel_values is missing");
  }

  private void refusedPictures(List<Long> shape, float pixel, String why) throws IOException {
    float[] pixels = new float[Math.toIntExact(shape.stream().reduce(1L, Math::multiplyExact))];
    Arrays.fill(pixels, pixel);
    Path inputs = Files.createTempFile(folder, "pictures", ".safetensors");
    SafetensorsWriter.write(
        inputs, Map.of(), List.of(StoredTensor.ofFloats("pixel_values", shape, pixels)));

    CommandRun run = forward(Golden.own("models/vit"), inputs, folder.resolve("o"));

    assertThat(run.endedWith(2).error()).contains(why);
  }

  @Test
  void positionsMayBeGiven() throws IOException {
    Path base = Golden.own("models/bert");
    Path counted = folder.resolve("counted.safetensors");
    Path given = folder.resolve("given.safetensors");
    Path moved = folder.resolve("moved.safetensors");

    forward(base, inputs(Map.of()), counted).endedWith(0);
    forward(base, inputs(Map.of("position_ids", new long[] {0, 1, 2, 0, 1, 9})), given)
        .endedWith(0);
    forward(base, inputs(Map.of("position_ids", new long[] {3, 1, 2, 0, 1, 2})), moved)
        .endedWith(0);

    close(given, counted, "logits", 0);
    assertThat(Files.mismatch(moved, counted)).isNotEqualTo(-1);
  }

  @Test
  void fileWithoutTokensIsRefused() throws IOException {
    Path inputs = folder.resolve("none.safetensors");
    SafetensorsWriter.write(
        inputs, Map.of(), List.of(StoredTensor.ofFloats("input_ids", List.of(2L), new float[2])));

    CommandRun run = forward(Golden.own("models/bert"), inputs, folder.resolve("o"));

    assertThat(run.endedWith(2).error())
        .contains("tensor input_ids has shape [2], must be (sequences, tokens)");
  }

  @Test
  void damagedInputsAreTold() throws IOException {
    Path inputs = Files.write(folder.resolve("damaged.safetensors"), new byte[] {1, 2, 3});

    CommandRun run = forward(Golden.own("models/bert"), inputs, folder.resolve("o"));

    assertThat(run.endedWith(4).error()).contains("damaged.safetensors");
  }

  private void refused(Map<String, long[]> tensors, String why) throws IOException {
    CommandRun run = forward(Golden.own("models/bert"), inputs(tensors), folder.resolve("o"));
    assertThat(run.endedWith(2).error()).contains(why);
  }

  /** Two sequences of three and two tokens, with these tensors instead of or beside them. */
  private Path inputs(Map<String, long[]> others) throws IOException {
    Map<String, long[]> tensors =
        new TreeMap<>(
            Map.of(
                "input_ids",
                new long[] {1, 2, 3, 4, 5, 0},
                "attention_mask",
                new long[] {1, 1, 1, 1, 1, 0}));
    tensors.putAll(others);
    Path file = Files.createTempFile(folder, "in", ".safetensors");
    List<StoredTensor> stored = new ArrayList<>();
    tensors.forEach(
        (name, values) -> {
          List<Long> shape = values.length == 6 ? List.of(2L, 3L) : List.of((long) values.length);
          stored.add(StoredTensor.ofLongs(name, shape, values));
        });
    SafetensorsWriter.write(file, Map.of(), stored);
    return file;
  }

  private static CommandRun adapted(Path base, Path adapter, Path out, String... more) {
    List<String> arguments = new ArrayList<>(List.of("--adapter", adapter.toString()));
    arguments.addAll(List.of(more));
    return forward(
        base, adapter.resolve("cases.safetensors"), out, arguments.toArray(String[]::new));
  }

  private static CommandRun forward(Object base, Path inputs, Path out, String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("forward", "" + base, "--inputs", "" + inputs, "--to", "" + out));
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray(String[]::new));
  }

  private static List<String> gradients(SafetensorsFile file) {
    return file.tensors().keySet().stream().filter(name -> name.startsWith(GRADIENT)).toList();
  }

  private static void close(Path found, Path expected, String name, double tolerance) {
    try (SafetensorsFile ours = SafetensorsFile.open(found);
        SafetensorsFile theirs = SafetensorsFile.open(expected)) {
      float[] expectedValues = atTokens(name, theirs.floats(name), theirs);
      assertThat(PaddedCase.distanceOf(atTokens(name, ours.floats(name), theirs), expectedValues))
          .as(name)
          .isLessThanOrEqualTo(tolerance);
    }
  }

  private static float[] atTokens(float[] scores, SafetensorsFile cases) {
    return atTokens("logits", scores, cases);
  }

  /** Values of each token without those of padding; values of sequences as they are. */
  private static float[] atTokens(String name, float[] values, SafetensorsFile cases) {
    boolean perToken =
        cases.tensors().containsKey(name)
            && cases.tensors().get(name).shape().size() == 3
            && cases.tensors().containsKey("input_ids");
    return perToken ? PaddedCase.of(cases).unpadded(values) : values;
  }
}
