package dev.rankwise.models.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.Children;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.quantized.BaseForm;
import dev.rankwise.models.quantized.BaseForm.BlockScaling;
import dev.rankwise.models.quantized.BaseForm.FourBit;
import dev.rankwise.models.quantized.FourBitCode;
import dev.rankwise.models.source.BaseDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A base whose weights a process was putting into four bits when it was killed. */
class TestKilledQuantizer {
  private static final FourBit FORM = new FourBit(FourBitCode.NF4, 64, BlockScaling.DOUBLE);

  /** Two million linear weights in 28 tensors, beside which the dense ones are little. */
  private static final String SIZES =
      """
      "hidden_size": 256, "num_hidden_layers": 4, "num_attention_heads": 8,
      "num_key_value_heads": 4, "intermediate_size": 512, "vocab_size": 29,
      "max_position_embeddings": 40, "tie_word_embeddings": true, "rms_norm_eps": 1e-6,
      """;

  @TempDir Path folder;

  private RandomDecoder decoder;

  /** What a process makes that nobody disturbs. */
  private Path undisturbed;

  /** Opens a base in four bits, in a process of its own. */
  static final class Opener {
    private Opener() {}

    public static void main(String[] arguments) {
      Path base = Path.of(arguments[0]);
      ModelConfig config = ModelConfig.read(base.resolve("config.json"));
      open(new BaseDirectory(base, arguments[1]), config, FORM, Path.of(arguments[2])).close();
    }
  }

  @BeforeEach
  void makeItOnce() throws IOException {
    decoder = RandomDecoder.write(folder, "qwen2", 71, SIZES);
    Path cache = folder.resolve("undisturbed");
    open(decoder.directory(), decoder.config(), FORM, cache).close();
    List<Path> made = Children.of(cache.resolve("replicas"));
    assertThat(made).as("the file, its hash and the lock").hasSize(3);
    undisturbed = made.get(0);
  }

  @Test
  void whatItLeftIsRemovedAndMadeAgain() throws IOException, InterruptedException {
    Path cache = folder.resolve("cache");
    Path replicas = cache.resolve("replicas");
    Path left = killedWhileItQuantizes(cache);

    assertThat(Children.of(replicas))
        .as("beside the lock, which has ended with its process")
        .filteredOn(path -> !path.toString().endsWith(".lock"))
        .containsExactly(left);
    assertThat(Files.size(left)).as("of all bytes").isLessThan(Files.size(undisturbed));

    computesWhatTheDequantisedBaseDoes(cache);
    assertThat(left).doesNotExist();
    Path made = replicas.resolve(undisturbed.getFileName());
    assertThat(Children.of(replicas)).hasSize(3).contains(made);
    assertThat(Files.mismatch(made, undisturbed)).isEqualTo(-1);
  }

  /** Between the file and its hash, which is written last: the file may be any. */
  @Test
  void aFileWithoutItsHashIsMadeAgain() throws IOException {
    Path cache = folder.resolve("cache");
    Path replicas = Files.createDirectories(cache.resolve("replicas"));
    Path made = replicas.resolve(undisturbed.getFileName());
    byte[] bytes = Files.readAllBytes(undisturbed);
    bytes[bytes.length / 2] ^= 1;
    Files.write(made, bytes);

    computesWhatTheDequantisedBaseDoes(cache);
    assertThat(Files.mismatch(made, undisturbed)).isEqualTo(-1);
  }

  /**
   * Kills a process when it has written a third of the file.
   *
   * @return what it left of the file
   */
  private Path killedWhileItQuantizes(Path cache) throws IOException, InterruptedException {
    Path errors = folder.resolve("errors");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                // Some fifty times slower, so that there is a middle to be found in.
                "-Xint",
                "-cp",
                System.getProperty("java.class.path"),
                Opener.class.getName()));
    command.addAll(
        List.of(
            decoder.directory().directory().toString(),
            decoder.directory().sha256(),
            cache.toString()));
    Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    try {
      Path staged =
          cache
              .resolve("replicas")
              .resolve(".staged-" + undisturbed.getFileName() + "-" + process.pid() + "-0");
      long third = Files.size(undisturbed) / 3;
      while (process.isAlive() && sizeOf(staged) < third) {
        Thread.sleep(2);
      }
      assertThat(process.destroyForcibly().waitFor())
          .as(Files.readString(errors, StandardCharsets.UTF_8))
          .isEqualTo(128 + 9);
      assertThat(Files.size(staged)).as("of all bytes").isGreaterThanOrEqualTo(third);
      return staged;
    } finally {
      process.destroyForcibly();
    }
  }

  private static long sizeOf(Path file) throws IOException {
    try {
      return Files.size(file);
    } catch (NoSuchFileException e) {
      return 0;
    }
  }

  private void computesWhatTheDequantisedBaseDoes(Path cache) throws IOException {
    BaseDirectory dense =
        DequantisedBase.write(
            decoder.directory(), decoder.config(), FORM, BaseType.FLOAT32.stored(), folder);
    TokenBatch batch = decoder.batch(5);
    try (Replica packed = open(decoder.directory(), decoder.config(), FORM, cache);
        Replica wide = open(dense, decoder.config(), BaseForm.DENSE, folder);
        Parameters here = packed.parameters(new float[0]);
        Parameters there = wide.parameters(new float[0])) {
      assertThat(packed.unpacks()).isTrue();
      assertThat(packed.logits(here, batch)).isDeepEqualTo(wide.logits(there, batch));
    }
  }

  private static Replica open(
      BaseDirectory base, ModelConfig config, BaseForm form, Path cacheRoot) {
    ReplicaSettings settings = new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1);
    return Replica.open(base, config, Attachment.none(), settings.with(form), cacheRoot);
  }
}
