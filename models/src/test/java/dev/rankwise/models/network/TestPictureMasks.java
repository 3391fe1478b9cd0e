package dev.rankwise.models.network;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDList;
import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.models.Golden;
import dev.rankwise.models.config.ImageShape;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.config.VisionEmbedding;
import dev.rankwise.models.config.VisionEmbedding.Attention;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.torch.TensorScope;
import dev.rankwise.models.torch.TorchRuntime;
import dev.rankwise.models.vision.ImagePatches;
import dev.rankwise.models.vision.PatchGrid;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which token attends to which, where pictures stand among them. */
class TestPictureMasks {
  private static final ImageShape IMAGES = new ImageShape(4, 2, 1);
  private static final Path LLAMA = Golden.own("models/llama");

  @TempDir Path cache;

  @Test
  void truthTablesAreTheGoldenOnes() {
    try (Replica replica = replica(Attention.BIDIRECTIONAL)) {
      int checked = 0;
      for (JsonNode golden : Golden.json(Golden.file("vora/masks.json")).get("cases")) {
        JsonNode ids = golden.get("image_ids");
        // Padding has an id below 0; here it is never computed.
        int[] real =
            IntStream.range(0, ids.size()).filter(i -> ids.get(i).intValue() >= 0).toArray();
        if (real.length == 0) {
          continue;
        }
        int[] pictureOf = IntStream.of(real).map(i -> ids.get(i).intValue()).toArray();
        boolean[][] allowed = allowed(replica, pictureOf, real.length);
        for (int query = 0; query < real.length; query++) {
          for (int key = 0; key < real.length; key++) {
            JsonNode expected = golden.get("allowed").get(real[query]).get(real[key]);
            assertThat(allowed[query][key])
                .as("%s: %s to %s", golden.get("pattern"), real[query], real[key])
                .isEqualTo(expected.intValue() == 1);
          }
        }
        checked++;
      }
      Golden.requireSome("masks of pictures", checked, 5);
    }
  }

  @Test
  void patchesMayAttendAsTextDoes() {
    try (Replica replica = replica(Attention.CAUSAL)) {
      boolean[][] allowed = allowed(replica, new int[] {0, 1, 1, 0}, 4);
      for (int query = 0; query < 4; query++) {
        for (int key = 0; key < 4; key++) {
          assertThat(allowed[query][key]).isEqualTo(key <= query);
        }
      }
    }
  }

  /** The first sequence fills a line; the two others share one, each with a picture. */
  @Test
  void picturesOfSequencesThatShareALineKnowNothingOfEachOther() {
    int[] offsets = {0, 6, 9, 12};
    int[] pictureOf = {0, 0, 0, 0, 0, 0, 1, 1, 0, 2, 2, 0};
    try (Replica replica = replica(Attention.BIDIRECTIONAL);
        TensorScope scope = TorchRuntime.scope()) {
      NDList places = replica.places().of(batch(pictureOf, offsets), 12, scope);
      long[] row = places.get(1).toLongArray();
      float[] mask = places.get(3).toFloatArray();
      int heads = replica.config().keyValueHeads();
      int grouped = replica.config().heads() / heads;
      assertThat(row).hasSize(12);
      for (int query = 0; query < 6; query++) {
        for (int key = 0; key < 6; key++) {
          int from = Math.toIntExact(row[6 + query]);
          int to = Math.toIntExact(row[6 + key]);
          boolean together = pictureOf[from] > 0 && pictureOf[from] == pictureOf[to];
          boolean sequence = (from - 6) / 3 == (to - 6) / 3;
          float found = mask[((heads * grouped) * 6 + query) * 6 + key];
          assertThat(found == 0).isEqualTo(together || (sequence && key <= query));
        }
      }
    }
  }

  private static boolean[][] allowed(Replica replica, int[] pictureOf, int tokens) {
    try (TensorScope scope = TorchRuntime.scope()) {
      TokenBatch batch = batch(pictureOf, new int[] {0, tokens});
      float[] mask = replica.places().of(batch, tokens, scope).get(3).toFloatArray();
      boolean[][] allowed = new boolean[tokens][tokens];
      for (int query = 0; query < tokens; query++) {
        for (int key = 0; key < tokens; key++) {
          float value = mask[query * tokens + key];
          assertThat(value).isIn(0f, EncoderPlaces.MASKED);
          allowed[query][key] = value == 0;
        }
      }
      return allowed;
    }
  }

  private static TokenBatch batch(int[] pictureOf, int[] offsets) {
    int pictures = IntStream.of(pictureOf).max().orElse(0);
    List<PatchGrid> grids = new ArrayList<>();
    for (int picture = 1; picture <= pictures; picture++) {
      int number = picture;
      grids.add(new PatchGrid(1, (int) IntStream.of(pictureOf).filter(i -> i == number).count()));
    }
    int[] tokens = IntStream.range(0, pictureOf.length).filter(i -> pictureOf[i] > 0).toArray();
    int width = IMAGES.numbersPerPatch();
    float[] numbers = new float[tokens.length * width];
    int[] none = new int[pictureOf.length];
    return new TokenBatch(none, none, offsets, new int[0])
        .with(new ImagePatches(numbers, width, grids, tokens, List.of()));
  }

  private Replica replica(Attention attention) {
    ModelConfig config =
        ModelConfig.read(LLAMA.resolve("config.json"))
            .seeing(
                new VisionEmbedding(
                    IMAGES, 5, 1e-6, 0, attention, VisionEmbedding.USUAL_PLACEHOLDER));
    List<TrainableTensor> tensors = new ArrayList<>();
    ModuleTree.of(config)
        .tensors()
        .forEach(
            (name, shape) -> {
              if (name.startsWith("vision_embedding.")) {
                int dot = name.lastIndexOf('.');
                tensors.add(
                    new TrainableTensor(
                        name.substring(0, dot),
                        name.substring(dot + 1),
                        shape.stream().map(Math::toIntExact).toList()));
              }
            });
    Attachment vision =
        new Attachment() {
          @Override
          public List<TrainableTensor> tensors() {
            return tensors;
          }

          @Override
          public Optional<AdaptedProduct> product(List<ModuleShape> group) {
            return Optional.empty();
          }
        };
    ReplicaSettings settings = new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1);
    return Replica.open(new BaseDirectory(LLAMA, "llama"), config, vision, settings, cache);
  }
}
