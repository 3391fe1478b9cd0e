package dev.rankwise.models.format;

import dev.rankwise.models.format.SafetensorsWriter.Outline;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * Writes the weights of a model as transformers does: {@code model.safetensors}, or above a size
 * {@code model-00001-of-0000N.safetensors} and so on with {@code model.safetensors.index.json}.
 */
public final class ShardedWeights {
  /** The size of a shard in transformers: 5 GB. */
  public static final long USUAL_SHARD_BYTES = 5_000_000_000L;

  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";
  private static final Map<String, String> HEADER = Map.of("format", "pt");

  /**
   * The tensors of one file.
   *
   * @param outlines what they look like
   * @param bytes gives the elements of one when they are written
   */
  public record Shard(List<Outline> outlines, Function<String, ByteBuffer> bytes) {

    public Shard {
      outlines = List.copyOf(outlines);
    }
  }

  private ShardedWeights() {}

  /**
   * Writes the files one after the other.
   *
   * @param folder where; it holds no weights yet
   * @param weights all weights in their order; what one stands for lies in one file
   * @param bytes how many bytes a weight takes
   * @param shardBytes most bytes of weights in one file, unless a single weight has more
   * @param shard the tensors that stand for some of the weights, made when their file is written
   * @param <T> a weight
   */
  public static <T> void write(
      Path folder,
      List<T> weights,
      ToLongFunction<T> bytes,
      long shardBytes,
      Function<List<T>, Shard> shard) {
    List<List<T>> files = divided(weights, bytes, shardBytes);
    if (files.size() == 1) {
      write(folder.resolve(SINGLE), shard.apply(files.get(0)));
      return;
    }
    Map<String, String> shardOf = new LinkedHashMap<>();
    long total = 0;
    for (int i = 0; i < files.size(); i++) {
      String name =
          String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", i + 1, files.size());
      Shard written = shard.apply(files.get(i));
      write(folder.resolve(name), written);
      for (Outline outline : written.outlines()) {
        shardOf.put(outline.name(), name);
        total += outline.bytes();
      }
    }
    AtomicFile.write(folder.resolve(INDEX), SafetensorsIndex.print(shardOf, total));
  }

  private static void write(Path file, Shard shard) {
    SafetensorsWriter.write(file, HEADER, shard.outlines(), shard.bytes());
  }

  private static <T> List<List<T>> divided(
      List<T> weights, ToLongFunction<T> bytes, long shardBytes) {
    List<List<T>> files = new ArrayList<>();
    long filled = 0;
    for (T weight : weights) {
      long size = bytes.applyAsLong(weight);
      if (files.isEmpty() || filled + size > shardBytes) {
        files.add(new ArrayList<>());
        filled = 0;
      }
      files.get(files.size() - 1).add(weight);
      filled += size;
    }
    return files;
  }
}
