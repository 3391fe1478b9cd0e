package dev.rankwise.models.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.network.ReplicaSettings.BlockActivations;
import dev.rankwise.models.quantized.BaseForm;
import dev.rankwise.models.quantized.BaseForm.BlockScaling;
import dev.rankwise.models.quantized.BaseForm.FourBit;
import dev.rankwise.models.quantized.BitsAndBytesWriter;
import dev.rankwise.models.quantized.FourBitCode;
import dev.rankwise.models.quantized.FourBitLayout;
import dev.rankwise.models.source.BaseDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Weights in four bits, against a dense base that holds the same numbers. */
class TestFourBitKernels {
  private static final FourBit USUAL = new FourBit(FourBitCode.NF4, 64, BlockScaling.DOUBLE);

  @TempDir Path folder;

  /** Same numbers, same products: the bits of both are equal, forward and backward. */
  @ParameterizedTest
  @CsvSource({
    "llama, NF4, 64, DOUBLE, FLOAT32, KEPT",
    "llama, NF4, 128, SINGLE, BFLOAT16, KEPT",
    "llama, FP4, 64, DOUBLE, BFLOAT16, RECOMPUTED",
    "phi3, NF4, 64, DOUBLE, FLOAT32, RECOMPUTED",
    "qwen3, FP4, 32, SINGLE, FLOAT32, KEPT",
    "gemma2, NF4, 64, DOUBLE, FLOAT32, KEPT",
    "gpt2, NF4, 64, DOUBLE, FLOAT32, KEPT",
    "gpt2, FP4, 128, SINGLE, BFLOAT16, KEPT"
  })
  void fourBitsComputeWhatTheirDequantisedNumbersDo(
      String family,
      FourBitCode code,
      int block,
      BlockScaling scaling,
      BaseType type,
      BlockActivations activations)
      throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, family, 17);
    FourBit form = new FourBit(code, block, scaling);
    TrainedWhole vectors = vectors(decoder);
    ReplicaSettings settings = new ReplicaSettings(type, BaseType.FLOAT32, 1).with(activations);
    BaseDirectory dense = dequantised(decoder, form, type);
    float[] theta = vectors.theta(decoder.tensors());

    try (Replica packed =
            open(decoder.directory(), decoder.config(), vectors, settings.with(form));
        Replica wide = open(dense, decoder.config(), vectors, settings)) {
      same(packed, wide, theta, decoder.batch(9));
    }
  }

  /** The trained projection keeps a weight of its own; its neighbours are unpacked alone. */
  @ParameterizedTest
  @EnumSource(BaseType.class)
  void aProjectionThatIsTrainedStaysOutOfFourBits(BaseType type) throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 18);
    TrainedWhole one =
        new TrainedWhole(
            TrainedWhole.of(decoder.config()).tensors().stream()
                .filter(tensor -> tensor.name().endsWith("layers.1.self_attn.k_proj.weight"))
                .toList());
    assertThat(one.tensors()).hasSize(1);
    ReplicaSettings settings = new ReplicaSettings(type, BaseType.FLOAT32, 1);
    BaseDirectory dense = dequantised(decoder, USUAL, type);
    float[] theta = one.theta(decoder.tensors());

    try (Replica packed = open(decoder.directory(), decoder.config(), one, settings.with(USUAL));
        Replica wide = open(dense, decoder.config(), one, settings)) {
      same(packed, wide, theta, decoder.batch(9));
    }
  }

  /** Some projections of a group stored in four bits, others not, as some checkpoints are. */
  @Test
  void aGroupMayBeStoredInFourBitsInPart() throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 19);
    BaseDirectory stored = stored(decoder, USUAL, ".self_attn.q_proj.weight");
    ReplicaSettings settings = new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1);
    TrainedWhole vectors = vectors(decoder);
    float[] theta = vectors.theta(decoder.tensors());
    BaseDirectory dense = dense(stored, decoder.config());

    try (Replica packed = open(stored, decoder.config(), vectors, settings);
        Replica wide = open(dense, decoder.config(), vectors, settings)) {
      assertThat(packed.unpacks()).isTrue();
      assertThat(wide.unpacks()).isFalse();
      same(packed, wide, theta, decoder.batch(9));
    }
  }

  @ParameterizedTest
  @EnumSource(BaseType.class)
  void laterCallsAndOtherThreadsGiveTheSameBits(BaseType type) throws Exception {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 20);
    TokenBatch batch = decoder.batch(7);
    TrainedWhole vectors = vectors(decoder);
    ReplicaSettings settings = new ReplicaSettings(type, BaseType.FLOAT32, 1).with(USUAL);
    try (Replica replica = open(decoder.directory(), decoder.config(), vectors, settings);
        Parameters theta = replica.parameters(vectors.theta(decoder.tensors()))) {
      List<float[]> gradients = new ArrayList<>();
      for (int call = 0; call < 10; call++) {
        gradients.add(sum(replica, theta, batch));
      }
      ExecutorService others = Executors.newFixedThreadPool(2);
      try {
        List<Future<float[]>> running = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
          running.add(others.submit(() -> sum(replica, theta, batch)));
        }
        for (Future<float[]> gradient : running) {
          assertThat(gradient.get()).containsExactly(gradients.get(0));
        }
      } finally {
        others.shutdown();
      }
      assertThat(gradients.get(1)).containsExactly(gradients.get(0));
      assertThat(gradients.get(9)).containsExactly(gradients.get(0));
    }
  }

  @Test
  void anEncoderInFourBitsComputesWhatItsDequantisedNumbersDo() throws IOException {
    RandomEncoder encoder = RandomEncoder.write(folder, "bert", 21);
    ReplicaSettings settings = new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1);
    BaseDirectory dense = dequantised(encoder.directory(), encoder.config(), USUAL);
    try (Replica packed =
            open(encoder.directory(), encoder.config(), Attachment.none(), settings.with(USUAL));
        Replica wide = open(dense, encoder.config(), Attachment.none(), settings);
        Parameters here = packed.parameters(new float[0]);
        Parameters there = wide.parameters(new float[0])) {
      assertThat(packed.unpacks()).isTrue();
      assertThat(packed.logits(here, encoder.batch(3)))
          .isDeepEqualTo(wide.logits(there, encoder.batch(3)));
    }
  }

  @Test
  void generationReadsFourBitsToo() throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 22);
    ReplicaSettings settings = new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1);
    BaseDirectory dense = dequantised(decoder, USUAL, BaseType.FLOAT32);
    List<int[]> prompts = List.of(new int[] {3, 4, 5}, new int[] {6});
    try (Replica packed =
            open(decoder.directory(), decoder.config(), Attachment.none(), settings.with(USUAL));
        Replica wide = open(dense, decoder.config(), Attachment.none(), settings);
        Parameters here = packed.parameters(new float[0]);
        Parameters there = wide.parameters(new float[0]);
        DecodingPass first = packed.decodingPass(here, prompts);
        DecodingPass second = wide.decodingPass(there, prompts)) {
      for (int step = 0; step < 5; step++) {
        int[] best = first.best();
        assertThat(best).containsExactly(second.best());
        first.advance(new int[] {0, 1}, best);
        second.advance(new int[] {0, 1}, best);
      }
    }
  }

  /** At the sizes of a block of 135 million parameters, and of one of seven billion. */
  @ParameterizedTest
  @CsvSource({"576, 192", "576, 576", "576, 1536", "4096, 4096", "4096, 11008"})
  void aWeightTakesLittleMoreThanHalfAByteANumber(long in, long out) {
    FourBitLayout layout = new FourBitLayout(USUAL, ElementType.BF16, List.of(out, in));

    assertThat(layout.heldBytes()).isLessThanOrEqualTo((long) (0.14 * Float.BYTES * in * out));
  }

  @Test
  void theReplicaFileHoldsNoMoreThanThat() throws IOException {
    RandomDecoder decoder = RandomDecoder.write(folder, "llama", 23);
    ReplicaSettings settings = new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1);
    open(decoder.directory(), decoder.config(), Attachment.none(), settings).close();
    long dense = replicaBytes();
    open(decoder.directory(), decoder.config(), Attachment.none(), settings.with(USUAL)).close();
    long packed = replicaBytes() - dense;
    long linear = 0;
    long held = 0;
    long gaps = 0;
    try (SafetensorsFile file = SafetensorsFile.open(decoder.directory().weights())) {
      BaseWeights weights =
          BaseWeights.of(file, ModuleTree.of(decoder.config())).in(USUAL, ElementType.F32);
      for (String name : weights.present().keySet()) {
        if (weights.layout(name).isPresent()) {
          linear += weights.layout(name).get().size() * Float.BYTES;
          held += weights.layout(name).get().heldBytes();
          gaps += 4 * 64;
        }
      }
    }
    assertThat(linear).isPositive();
    assertThat(packed).isLessThanOrEqualTo(dense - linear + held + gaps);
  }

  private long replicaBytes() throws IOException {
    long bytes = 0;
    try (var files = Files.list(folder.resolve("replicas"))) {
      for (Path file : files.filter(file -> file.toString().endsWith(".base")).toList()) {
        bytes += Files.size(file);
      }
    }
    return bytes;
  }

  private static void same(Replica packed, Replica wide, float[] values, TokenBatch batch) {
    try (Parameters here = packed.parameters(values);
        Parameters there = wide.parameters(values)) {
      assertThat(packed.unpacks()).isTrue();
      assertThat(packed.logits(here, batch)).isDeepEqualTo(wide.logits(there, batch));
      float[] gradient = sum(packed, here, batch);
      assertThat(gradient).containsExactly(sum(wide, there, batch));
      assertThat(Arrays.equals(gradient, new float[gradient.length])).isFalse();
    }
  }

  private static float[] sum(Replica replica, Parameters theta, TokenBatch batch) {
    try (GradientPass pass = replica.gradientPass(theta)) {
      pass.add(batch, 8);
      return pass.finish().gradient();
    }
  }

  /** Norms and biases are trained, so the gradient goes back through every product. */
  private static TrainedWhole vectors(RandomDecoder decoder) {
    return new TrainedWhole(
        TrainedWhole.of(decoder.config()).tensors().stream()
            .filter(tensor -> tensor.shape().size() == 1)
            .toList());
  }

  private BaseDirectory dequantised(RandomDecoder decoder, FourBit form, BaseType type)
      throws IOException {
    return DequantisedBase.write(
        decoder.directory(), decoder.config(), form, type.stored(), folder);
  }

  private BaseDirectory dequantised(BaseDirectory base, ModelConfig config, FourBit form)
      throws IOException {
    return DequantisedBase.write(base, config, form, ElementType.F32, folder);
  }

  private BaseDirectory dense(BaseDirectory base, ModelConfig config) throws IOException {
    return DequantisedBase.write(base, config, BaseForm.DENSE, ElementType.F32, folder);
  }

  /** The base with some weights as bitsandbytes stores them. */
  private BaseDirectory stored(RandomDecoder decoder, FourBit form, String ending)
      throws IOException {
    Path target = Files.createTempDirectory(folder, "stored");
    Files.copy(decoder.directory().config(), target.resolve("config.json"));
    List<StoredTensor> tensors = new ArrayList<>();
    try (SafetensorsFile file = SafetensorsFile.open(decoder.directory().weights())) {
      BaseWeights weights =
          BaseWeights.of(file, ModuleTree.of(decoder.config())).in(form, ElementType.BF16);
      weights
          .present()
          .forEach(
              (name, spec) -> {
                if (name.endsWith(ending)) {
                  tensors.addAll(BitsAndBytesWriter.parts(name, weights.quantized(name)));
                } else {
                  tensors.add(StoredTensor.ofFloats(name, spec.shape(), file.floats(name)));
                }
              });
    }
    return DequantisedBase.directory(target, tensors);
  }

  private Replica open(
      BaseDirectory base, ModelConfig config, Attachment attachment, ReplicaSettings settings) {
    return Replica.open(base, config, attachment, settings, folder);
  }
}
