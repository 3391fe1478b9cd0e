package dev.rankwise.adapters.vora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.models.Golden;
import dev.rankwise.models.VoraCase;
import dev.rankwise.models.config.VisionEmbedding;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.network.Attachment;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.DecodingPass;
import dev.rankwise.models.network.GradientPass;
import dev.rankwise.models.network.GroupSum;
import dev.rankwise.models.network.Parameters;
import dev.rankwise.models.network.Replica;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.network.ReplicaSettings.BlockActivations;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.quantized.BaseForm;
import dev.rankwise.models.vision.ImagePatches;
import dev.rankwise.models.vision.PicturedPrompt;
import dev.rankwise.models.vision.PicturedPrompt.Together;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** A decoder that learns to see: states, logits, losses and gradients, case by case. */
final class TestGoldenVora {
  private static final double TOLERANCE = 1e-4;
  private static final ReplicaSettings SETTINGS =
      new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1);

  private static final List<ReplicaSettings> NARROWER =
      List.of(
          new ReplicaSettings(BaseType.BFLOAT16, BaseType.FLOAT32, 1),
          SETTINGS.with(BaseForm.labelled("nf4", "form")));

  @TempDir Path folder;

  @FunctionalInterface
  private interface Check {
    void of(VoraCase golden);
  }

  @TestFactory
  Stream<DynamicTest> everyCase() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path path : Golden.folders("")) {
      String name = path.getFileName().toString();
      if (!name.startsWith("vora") || !Files.exists(path.resolve("weights.safetensors"))) {
        continue;
      }
      VoraCase golden = VoraCase.of(path, folder.resolve(name));
      add(tests, name + ": states and logits", golden, this::statesAgree);
      add(tests, name + ": loss and gradients", golden, this::lossAgrees);
      add(tests, name + ": each block's likeness", golden, this::likenessAgrees);
      for (ReplicaSettings settings : NARROWER) {
        String form = settings.baseType() + " " + settings.form().label();
        add(
            tests,
            name + ": text alone, " + form,
            golden,
            it -> textAloneIsUnchanged(it, settings));
      }
      add(tests, name + ": text alone", golden, this::textAloneAgrees);
      add(tests, name + ": text beside pictures", golden, this::textBesidePicturesIsUnchanged);
      add(tests, name + ": bits", golden, this::bitsAreTheSame);
      add(tests, name + ": token by token", golden, this::textGoesOn);
      add(tests, name + ": after pictures", golden, this::picturesGoOn);
    }
    Golden.requireSome("decoders that see", tests.size(), 6);
    return tests.stream();
  }

  private static void add(List<DynamicTest> tests, String name, VoraCase golden, Check check) {
    tests.add(DynamicTest.dynamicTest(name, () -> check.of(golden)));
  }

  private void statesAgree(VoraCase golden) {
    AdapterPlan plan = VoraAdapter.plan(golden, 0);
    TokenBatch batch = golden.batch();
    try (SafetensorsFile values = golden.values();
        Replica replica = open(golden, plan);
        Parameters theta = replica.parameters(VoraAdapter.of(golden, plan).values())) {
      List<float[]> states = replica.states(theta, batch);
      for (int i = 0; values.tensors().containsKey("hidden." + i); i++) {
        close(states.get(i), golden.real(values.doubles("hidden." + i)), "hidden." + i);
      }
      int width = states.get(0).length / batch.tokens();
      double[] seen = seen(values, batch);
      int next = 0;
      for (int token : batch.images().tokens()) {
        float[] own = Arrays.copyOfRange(states.get(0), token * width, (token + 1) * width);
        close(own, Arrays.copyOfRange(seen, next, next + width), "patch at " + token);
        next += width;
      }
      close(flat(replica.logits(theta, batch)), golden.real(values.doubles("logits")), "with LoRA");
    }
    try (SafetensorsFile values = golden.values();
        Replica replica = open(golden, plan);
        Parameters theta = replica.parameters(fresh(golden, plan))) {
      double[] expected = golden.real(values.doubles("logits_without_lora"));
      close(flat(replica.logits(theta, batch)), expected, "without LoRA");
    }
  }

  /** The stored tokens of the pictures, in the order of the micro-batch. */
  private static double[] seen(SafetensorsFile values, TokenBatch batch) {
    return batch.images().grids().stream()
        .flatMapToDouble(
            grid ->
                values.tensors().values().stream()
                    .filter(tensor -> tensor.name().startsWith("image_tokens."))
                    .filter(tensor -> tensor.shape().get(0) == grid.patches())
                    .findFirst()
                    .map(tensor -> Arrays.stream(values.doubles(tensor.name())))
                    .orElseThrow())
        .toArray();
  }

  /** Factors B of zeros, as they start. */
  private static float[] fresh(VoraCase golden, AdapterPlan plan) {
    float[] theta = VoraAdapter.of(golden, plan).values();
    for (Parameter parameter : plan.layout().parameters()) {
      if (parameter.role() == Parameter.Role.FACTOR_B) {
        int end = parameter.offset() + parameter.tensor().size();
        Arrays.fill(theta, parameter.offset(), end, 0);
      }
    }
    return theta;
  }

  private void lossAgrees(VoraCase golden) {
    AdapterPlan plan = VoraAdapter.plan(golden, golden.adapted());
    double targets = golden.facts().get("targets").doubleValue();
    assertThat(golden.batch().targets()).hasSize((int) targets);
    try (SafetensorsFile values = golden.values();
        Replica replica = open(golden, plan)) {
      GroupSum sum = pass(replica, VoraAdapter.of(golden, plan).values(), golden.batch(), targets);
      double crossEntropy = values.doubles("cross_entropy")[0];
      assertThat(sum.lossSum()).isCloseTo(crossEntropy, within(TOLERANCE * crossEntropy));
      double total = sum.lossSum() + sum.asides().get(0).terms()[0] / golden.adapted();
      double expected = values.doubles("total_loss")[0];
      assertThat(total).isCloseTo(expected, within(TOLERANCE * expected));
      gradientsAgree(plan, values, sum.gradient());
    }
  }

  private static void gradientsAgree(AdapterPlan plan, SafetensorsFile values, float[] gradient) {
    double largest = 0;
    for (Parameter parameter : plan.layout().parameters()) {
      for (double value : values.doubles("grad." + parameter.tensor().name())) {
        largest = Math.max(largest, Math.abs(value));
      }
    }
    for (Parameter parameter : plan.layout().parameters()) {
      double[] expected = values.doubles("grad." + parameter.tensor().name());
      assertThat(expected).hasSize(parameter.tensor().size());
      for (int i = 0; i < expected.length; i++) {
        assertThat((double) gradient[parameter.offset() + i])
            .as("%s at %s", parameter.tensor().name(), i)
            .isCloseTo(expected[i], within(1e-5 * largest + TOLERANCE * Math.abs(expected[i])));
      }
    }
  }

  /** With one head more each time, the sum grows by that block's own. */
  private void likenessAgrees(VoraCase golden) {
    try (SafetensorsFile values = golden.values()) {
      double[] expected = values.doubles("distillation");
      double before = 0;
      for (int blocks = 1; blocks <= golden.adapted(); blocks++) {
        AdapterPlan plan = VoraAdapter.plan(golden, blocks);
        try (Replica replica = open(golden, plan)) {
          GroupSum sum = pass(replica, VoraAdapter.of(golden, plan).values(), golden.batch(), 1);
          double together = sum.asides().get(0).terms()[0];
          assertThat(together - before).isCloseTo(expected[blocks - 1], within(TOLERANCE));
          before = together;
        }
      }
    }
  }

  private void textAloneAgrees(VoraCase golden) {
    textAloneIsUnchanged(golden, SETTINGS);
    AdapterPlan plan = VoraAdapter.plan(golden, golden.adapted());
    try (SafetensorsFile values = golden.values();
        Replica replica = open(golden, plan);
        Parameters theta = replica.parameters(VoraAdapter.of(golden, plan).values())) {
      float[] found = flat(replica.logits(theta, textAlone(values)));
      close(found, values.doubles("text_only.logits"), "text alone");
    }
  }

  /** The plain decoder and one that has not learned to see give text the same bits. */
  private void textAloneIsUnchanged(VoraCase golden, ReplicaSettings settings) {
    AdapterPlan plan = VoraAdapter.plan(golden, golden.adapted());
    try (SafetensorsFile values = golden.values();
        Replica plain =
            Replica.open(golden.base(), golden.plain(), Attachment.none(), settings, folder);
        Parameters nothing = plain.parameters(new float[0]);
        Replica replica =
            Replica.open(golden.base(), plan.base(), plan.attachment(), settings, folder);
        Parameters untrained = replica.parameters(fresh(golden, plan))) {
      TokenBatch batch = textAlone(values);
      assertThat(replica.logits(untrained, batch)).isDeepEqualTo(plain.logits(nothing, batch));

      GroupSum sum =
          pass(
              replica, VoraAdapter.of(golden, plan).values(), batch.withNextTokens(batch.ids()), 1);
      assertThat(sum.asides().get(0).terms()).containsExactly(0);
      for (Parameter parameter : plan.layout().parameters()) {
        int end = parameter.offset() + parameter.tensor().size();
        float[] gradient = Arrays.copyOfRange(sum.gradient(), parameter.offset(), end);
        if (isOfVision(parameter)) {
          assertThat(gradient).as(parameter.tensor().name()).containsOnly(0);
        } else {
          assertThat(gradient)
              .as(parameter.tensor().name())
              .isNotEqualTo(new float[end - parameter.offset()]);
        }
      }
    }
  }

  private static boolean isOfVision(Parameter parameter) {
    String name = parameter.tensor().name();
    return name.startsWith("vision_embedding.") || name.startsWith("heads.");
  }

  private static TokenBatch textAlone(SafetensorsFile values) {
    long[] ids = values.longs("text_only.input_ids");
    int rows = Math.toIntExact(values.tensors().get("text_only.input_ids").shape().get(0));
    long[] ones = new long[ids.length];
    Arrays.fill(ones, 1);
    return TokenBatch.ofPadded(ids, ones, new long[0], new long[0], rows);
  }

  /**
   * In a micro-batch with pictures a row of text gives the vision's tensors nothing: with its
   * targets and without them their gradient has the same bits, and its scores are the plain
   * decoder's.
   */
  private void textBesidePicturesIsUnchanged(VoraCase golden) {
    AdapterPlan plan = VoraAdapter.plan(golden, golden.adapted());
    TokenBatch pictures = golden.batch();
    int[] text = {3, 1, 4, 1, 5};
    int before = pictures.tokens();
    int[] ids = joined(pictures.ids(), text);
    int[] offsets = joined(pictures.offsets(), new int[] {ids.length});
    TokenBatch both =
        new TokenBatch(ids, new int[ids.length], offsets, new int[0]).with(pictures.images());
    int[] none = new int[text.length];
    Arrays.fill(none, TokenBatch.NONE);
    int[] some = {1, 4, 1, 5, TokenBatch.NONE};
    TokenBatch asked = labelled(both, joined(pictures.labels(), some));
    TokenBatch unasked = labelled(both, joined(pictures.labels(), none));
    float[] theta = VoraAdapter.of(golden, plan).values();
    try (Replica plain =
            Replica.open(golden.base(), golden.plain(), Attachment.none(), SETTINGS, folder);
        Parameters nothing = plain.parameters(new float[0]);
        Replica replica = open(golden, plan);
        Parameters untrained = replica.parameters(fresh(golden, plan))) {
      float[] with = pass(replica, theta, asked, 1).gradient();
      float[] without = pass(replica, theta, unasked, 1).gradient();
      for (Parameter parameter : plan.layout().parameters()) {
        int end = parameter.offset() + parameter.tensor().size();
        float[] own = Arrays.copyOfRange(with, parameter.offset(), end);
        float[] other = Arrays.copyOfRange(without, parameter.offset(), end);
        if (isOfVision(parameter)) {
          assertThat(own).as(parameter.tensor().name()).isEqualTo(other);
        } else {
          assertThat(own).as(parameter.tensor().name()).isNotEqualTo(other);
        }
      }
      int[] places = IntStream.range(before, ids.length).toArray();
      float[][] seen = replica.logits(untrained, both, places);
      TokenBatch alone =
          new TokenBatch(text, new int[text.length], new int[] {0, text.length}, new int[0]);
      float[][] expected = plain.logits(nothing, alone, IntStream.range(0, text.length).toArray());
      for (int place = 0; place < text.length; place++) {
        for (int i = 0; i < expected[place].length; i++) {
          assertThat(seen[place][i]).isCloseTo(expected[place][i], within(1e-5f));
        }
      }
    }
  }

  private static TokenBatch labelled(TokenBatch batch, int[] labels) {
    return new TokenBatch(
        batch.ids(),
        batch.typeIds(),
        batch.positions(),
        batch.offsets(),
        labels,
        batch.tasks(),
        batch.images());
  }

  private static int[] joined(int[] first, int[] second) {
    return IntStream.concat(IntStream.of(first), IntStream.of(second)).toArray();
  }

  /** Token by token, and all at once: the same scores of what follows. */
  private void textGoesOn(VoraCase golden) {
    AdapterPlan plan = VoraAdapter.plan(golden, 0);
    int[] ids = {3, 1, 4, 1, 5};
    int[] before = Arrays.copyOf(ids, ids.length - 1);
    TokenBatch batch =
        new TokenBatch(ids, new int[ids.length], new int[] {0, ids.length}, new int[0]);
    try (Replica replica = open(golden, plan);
        Parameters theta = replica.parameters(VoraAdapter.of(golden, plan).values());
        DecodingPass pass = replica.decodingPass(theta, List.of(before))) {
      pass.advance(new int[] {0}, new int[] {ids[ids.length - 1]});
      float[] expected = replica.logits(theta, batch, new int[] {ids.length - 1})[0];
      for (int i = 0; i < expected.length; i++) {
        assertThat(pass.scores()[0][i]).isCloseTo(expected[i], within(1e-4f));
      }
    }
    AdapterPlan learning = VoraAdapter.plan(golden, golden.adapted());
    try (Replica replica = open(golden, learning);
        Parameters theta = replica.parameters(VoraAdapter.of(golden, learning).values())) {
      assertThatThrownBy(() -> replica.decodingPass(theta, List.of(before)))
          .isInstanceOf(UserInputException.class)
          .hasMessageContaining("still compared with a teacher");
    }
  }

  /** After pictures too: the same scores token by token and all at once. */
  private void picturesGoOn(VoraCase golden) {
    AdapterPlan plan = VoraAdapter.plan(golden, 0);
    List<PicturedPrompt> prompts = golden.prompts();
    int[] going = IntStream.range(0, prompts.size()).toArray();
    int[] next = IntStream.generate(() -> 3).limit(going.length).toArray();
    try (Replica replica = open(golden, plan);
        Parameters theta = replica.parameters(VoraAdapter.of(golden, plan).values());
        DecodingPass pass = replica.decodingPassAfter(theta, prompts)) {
      followsAllAtOnce(pass, replica, theta, prompts);
      pass.advance(going, next);
      List<PicturedPrompt> longer =
          prompts.stream().map(it -> new PicturedPrompt(with(it.ids(), 3), it.pictures())).toList();
      followsAllAtOnce(pass, replica, theta, longer);

      List<PicturedPrompt> blind = List.of(PicturedPrompt.of(prompts.get(0).ids()));
      assertThatThrownBy(() -> replica.decodingPassAfter(theta, blind))
          .isInstanceOf(UserInputException.class)
          .hasMessageContaining("and its 0 pictures have 0 (each patch needs one)");
    }
  }

  private static int[] with(int[] ids, int last) {
    int[] longer = Arrays.copyOf(ids, ids.length + 1);
    longer[ids.length] = last;
    return longer;
  }

  private static void followsAllAtOnce(
      DecodingPass pass, Replica replica, Parameters theta, List<PicturedPrompt> prompts) {
    int patch = replica.config().vision().orElseThrow().images().patch();
    Together together = Together.of(prompts, patch, VisionEmbedding.USUAL_PLACEHOLDER);
    int[] offsets = new int[prompts.size() + 1];
    for (int row = 0; row < prompts.size(); row++) {
      offsets[row + 1] = offsets[row] + prompts.get(row).length();
    }
    int[] ids = together.ids();
    TokenBatch batch =
        new TokenBatch(ids, new int[ids.length], offsets, new int[0]).with(together.images());
    int[] last = Arrays.stream(offsets).skip(1).map(end -> end - 1).toArray();
    float[][] expected = replica.logits(theta, batch, last);
    for (int row = 0; row < expected.length; row++) {
      for (int i = 0; i < expected[row].length; i++) {
        assertThat(pass.scores()[row][i]).isCloseTo(expected[row][i], within(1e-4f));
      }
    }
  }

  private void bitsAreTheSame(VoraCase golden) {
    AdapterPlan plan = VoraAdapter.plan(golden, golden.adapted());
    float[] values = VoraAdapter.of(golden, plan).values();
    TokenBatch batch = golden.batch();
    try (Replica replica = open(golden, plan);
        Replica again =
            Replica.open(
                golden.base(),
                plan.base(),
                plan.attachment(),
                SETTINGS.with(BlockActivations.RECOMPUTED),
                folder)) {
      float[] first = pass(replica, values, batch, 3).gradient();
      for (int call = 2; call <= 10; call++) {
        assertThat(pass(replica, values, batch, 3).gradient()).isEqualTo(first);
      }
      assertThat(pass(again, values, batch, 3).gradient()).isEqualTo(first);
      ImagePatches none = ImagePatches.NONE;
      assertThat(pass(again, values, batch.with(none), 3).gradient())
          .isEqualTo(pass(replica, values, batch.with(none), 3).gradient())
          .isNotEqualTo(first);
    }
  }

  private static GroupSum pass(Replica replica, float[] values, TokenBatch batch, double targets) {
    try (Parameters theta = replica.parameters(values);
        GradientPass pass = replica.gradientPass(theta)) {
      pass.add(batch, targets);
      return pass.finish();
    }
  }

  private Replica open(VoraCase golden, AdapterPlan plan) {
    return Replica.open(golden.base(), plan.base(), plan.attachment(), SETTINGS, folder);
  }

  private static float[] flat(float[][] rows) {
    float[] flat = new float[rows.length * rows[0].length];
    for (int row = 0; row < rows.length; row++) {
      System.arraycopy(rows[row], 0, flat, row * rows[row].length, rows[row].length);
    }
    return flat;
  }

  private static void close(float[] found, double[] expected, String what) {
    assertThat(found).as(what).hasSize(expected.length);
    double largest = 0;
    for (int i = 0; i < expected.length; i++) {
      double distance = Math.abs(found[i] - expected[i]);
      largest = Double.isNaN(distance) ? Double.POSITIVE_INFINITY : Math.max(largest, distance);
    }
    assertThat(largest).as(what).isLessThan(TOLERANCE);
  }
}
