package dev.rankwise.jobs.stored;

import dev.rankwise.models.config.ImageShape;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModelTask;
import dev.rankwise.models.config.VisionEmbedding;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.format.TensorSpec;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.vision.Picture;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The inputs of a forward pass, as transformers lays them out: tokens, rectangular, padded on the
 * right; or pictures.
 *
 * @param batch the real tokens; of a picture its class token and its patches
 * @param rows number of sequences
 * @param columns length of the longest sequence, padding included
 */
record ForwardInputs(TokenBatch batch, int rows, int columns) {
  private static final String IDS = "input_ids";
  private static final String MASK = "attention_mask";
  private static final String TYPES = "token_type_ids";
  private static final String POSITIONS = "position_ids";
  private static final String LABELS = "labels";
  private static final String TASKS = "task_ids";

  /** Far beyond every vocabulary and number of classes; labels that do not count are -100. */
  private static final long MOST = 1L << 30;

  private static final long LEAST = -MOST;

  /** Reads a file and checks every number against the base. */
  static ForwardInputs read(Path inputs, ModelConfig config) {
    try (SafetensorsFile file = SafetensorsFile.open(inputs)) {
      if (config.images().isPresent()) {
        return pictures(file, config, config.images().get());
      }
      List<Long> shape = shape(file, IDS, List.of());
      if (shape.size() != 2 || shape.get(0) < 1 || shape.get(1) < 1) {
        throw invalid(file, IDS, "has shape %s, must be (sequences, tokens)".formatted(shape));
      }
      int rows = Math.toIntExact(shape.get(0));
      long[] ids = required(file, IDS, shape);
      long[] mask = required(file, MASK, shape);
      long[] types = optional(file, TYPES, shape);
      boolean causal = config.task() == ModelTask.CAUSAL_LANGUAGE_MODEL;
      long[] labels = optional(file, LABELS, causal ? shape : List.of((long) rows));
      TokenBatch batch = TokenBatch.ofPadded(ids, mask, types, causal ? new long[0] : labels, rows);
      if (causal && labels.length > 0) {
        batch = batch.withNextTokens(batch.unpadded(labels));
      }
      if (file.tensors().containsKey(POSITIONS)) {
        batch = placed(batch, optional(file, POSITIONS, shape), rows, config);
      }
      if (file.tensors().containsKey(TASKS)) {
        long[] tasks = optional(file, TASKS, List.of((long) rows));
        batch = batch.withTasks(Arrays.stream(tasks).mapToInt(Math::toIntExact).toArray());
      }
      if (config.vision().isPresent()) {
        batch = seeing(file, batch, config.vision().get());
      }
      check(file, batch, config);
      return new ForwardInputs(batch, rows, Math.toIntExact(shape.get(1)));
    }
  }

  private static ForwardInputs pictures(
      SafetensorsFile file, ModelConfig config, ImageShape images) {
    List<Picture> pictures = new ForwardPictures(file).ofSize(images);
    long[] labels = optional(file, LABELS, List.of((long) pictures.size()));
    int[] classes = Arrays.stream(labels).mapToInt(Math::toIntExact).toArray();
    requireBelow(file, LABELS, classes, Math.max(1, config.labels().size()));
    TokenBatch batch = TokenBatch.ofPictures(pictures, images.patch(), classes);
    return new ForwardInputs(batch, pictures.size(), images.patches() + 1);
  }

  /** Pictures of the size that a base reads, without labels. */
  static ForwardInputs of(List<Picture> pictures, ModelConfig config) {
    ImageShape images = config.images().orElseThrow();
    TokenBatch batch = TokenBatch.ofPictures(pictures, images.patch(), new int[0]);
    return new ForwardInputs(batch, pictures.size(), images.patches() + 1);
  }

  /** Ids of patches say nothing, and are those of some token from here on. */
  private static TokenBatch seeing(SafetensorsFile file, TokenBatch batch, VisionEmbedding vision) {
    int[] ids = batch.ids().clone();
    int[] places =
        IntStream.range(0, ids.length).filter(i -> ids[i] == vision.placeholder()).toArray();
    for (int place : places) {
      ids[place] = 0;
    }
    TokenBatch read =
        new TokenBatch(
            ids,
            batch.typeIds(),
            batch.positions(),
            batch.offsets(),
            batch.labels(),
            batch.tasks(),
            batch.images());
    return new ForwardPictures(file).among(read, places, vision);
  }

  boolean hasLabels() {
    return batch.labels().length > 0;
  }

  /**
   * A value for each token, (tokens, width), laid out as the inputs were; 0 where there is padding.
   */
  StoredTensor padded(String name, float[] values) {
    int width = values.length / batch.tokens();
    float[] padded = new float[rows * columns * width];
    for (int row = 0; row < rows; row++) {
      int begin = batch.offsets()[row];
      int length = batch.offsets()[row + 1] - begin;
      System.arraycopy(values, begin * width, padded, row * columns * width, length * width);
    }
    List<Long> shape = List.of((long) rows, (long) columns, (long) width);
    return StoredTensor.ofFloats(name, shape, padded);
  }

  private static TokenBatch placed(TokenBatch batch, long[] given, int rows, ModelConfig config) {
    int columns = given.length / rows;
    int[] positions = new int[batch.tokens()];
    for (int row = 0; row < rows; row++) {
      int begin = batch.offsets()[row];
      for (int token = begin; token < batch.offsets()[row + 1]; token++) {
        positions[token] =
            Math.toIntExact(given[row * columns + token - begin]) - config.firstPosition();
      }
    }
    return new TokenBatch(batch.ids(), batch.typeIds(), positions, batch.offsets(), batch.labels());
  }

  private static void check(SafetensorsFile file, TokenBatch batch, ModelConfig config) {
    requireBelow(file, IDS, batch.ids(), config.vocabularySize());
    requireBelow(file, TYPES, batch.typeIds(), Math.max(1, config.typeVocabularySize()));
    if (file.tensors().containsKey(POSITIONS)) {
      requireBelow(file, POSITIONS, batch.positions(), config.maximumSequence());
    } else {
      requireFitting(file, batch, config.maximumSequence());
    }
    if (config.task() == ModelTask.CAUSAL_LANGUAGE_MODEL) {
      int[] targets = Arrays.stream(batch.targets()).map(token -> batch.labels()[token]).toArray();
      requireBelow(file, LABELS, targets, config.vocabularySize());
    } else {
      requireBelow(file, LABELS, batch.labels(), Math.max(1, config.labels().size()));
    }
  }

  private static void requireFitting(SafetensorsFile file, TokenBatch batch, int most) {
    for (int row = 0; row < batch.sequences(); row++) {
      int length = batch.offsets()[row + 1] - batch.offsets()[row];
      if (length > most) {
        throw invalid(
            file,
            IDS,
            "has a sequence of %s tokens, must have at most %s for this base"
                .formatted(length, most));
      }
    }
  }

  private static void requireBelow(SafetensorsFile file, String name, int[] values, int end) {
    for (int value : values) {
      if (value < 0 || value >= end) {
        throw invalid(
            file, name, "holds %s, must be in [0, %s) for this base".formatted(value, end));
      }
    }
  }

  private static long[] required(SafetensorsFile file, String name, List<Long> shape) {
    shape(file, name, shape);
    long[] values = file.longs(name);
    for (long value : values) {
      if (value < LEAST || value > MOST) {
        throw invalid(file, name, "holds %s, must be in [%s, %s]".formatted(value, LEAST, MOST));
      }
    }
    return values;
  }

  private static long[] optional(SafetensorsFile file, String name, List<Long> shape) {
    return file.tensors().containsKey(name) ? required(file, name, shape) : new long[0];
  }

  private static List<Long> shape(SafetensorsFile file, String name, List<Long> expected) {
    TensorSpec tensor = file.tensors().get(name);
    if (tensor == null) {
      throw invalid(file, name, "is missing, this base needs it");
    }
    if (!expected.isEmpty() && !tensor.shape().equals(expected)) {
      throw invalid(file, name, "has shape %s, must be %s".formatted(tensor.shape(), expected));
    }
    return tensor.shape();
  }

  static UserInputException invalid(SafetensorsFile file, String name, String problem) {
    return new UserInputException(
        "Invalid inputs %s: tensor %s %s; mend the file".formatted(file.path(), name, problem));
  }
}
