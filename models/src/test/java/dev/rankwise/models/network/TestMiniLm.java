package dev.rankwise.models.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.Golden;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.source.BaseCache;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseSource;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The quick start's real base, out of its Maven artifact, against sentence-transformers. */
class TestMiniLm {

  @Test
  void embeddingsEqualThoseOfTheRealModel() {
    BaseDirectory base = new BaseSource(BaseCache.defaultRoot()).resolve("minilm");
    try (SafetensorsFile golden = SafetensorsFile.open(Golden.file("minilm/cases.safetensors"));
        Replica replica =
            Replica.open(
                base,
                ModelConfig.read(base.config()),
                Attachment.none(),
                new ReplicaSettings(BaseType.FLOAT32, BaseType.FLOAT32, 1),
                BaseCache.defaultRoot());
        Parameters none = replica.parameters(new float[0])) {
      PaddedCase sentences = PaddedCase.of(golden);
      TokenBatch batch = sentences.batch();
      List<float[]> states = replica.states(none, batch);
      float[] last = states.get(states.size() - 1);
      int width = last.length / batch.tokens();
      float[] first = new float[batch.sequences() * width];
      float[] mean = new float[batch.sequences() * width];
      for (int s = 0; s < batch.sequences(); s++) {
        System.arraycopy(last, batch.offsets()[s] * width, first, s * width, width);
        int length = batch.offsets()[s + 1] - batch.offsets()[s];
        for (int t = 0; t < length; t++) {
          for (int i = 0; i < width; i++) {
            mean[s * width + i] += last[(batch.offsets()[s] + t) * width + i] / length;
          }
        }
      }
      assertThat(PaddedCase.distanceOf(first, golden.floats("first_token_hidden")))
          .isLessThan(1e-4);
      assertThat(PaddedCase.distanceOf(mean, golden.floats("mean_pooled"))).isLessThan(1e-4);
    }
  }
}
