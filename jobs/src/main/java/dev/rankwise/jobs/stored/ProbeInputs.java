package dev.rankwise.jobs.stored;

import dev.rankwise.models.config.ImageShape;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.random.SeededStream;
import dev.rankwise.models.vision.Picture;
import java.util.ArrayList;
import java.util.List;

/** Inputs drawn at random, the same for every model of a configuration. */
public final class ProbeInputs {
  private static final int SHADES = 256;

  private ProbeInputs() {}

  /**
   * Sequences of tokens of the whole vocabulary; pictures for a base that reads those.
   *
   * @param sequences how many
   * @param length tokens of each; a picture has its own number
   */
  public static TokenBatch of(ModelConfig config, int sequences, int length) {
    SeededStream stream = new SeededStream(0, 0);
    if (config.images().isPresent()) {
      ImageShape shape = config.images().get();
      List<Picture> pictures = new ArrayList<>();
      for (int picture = 0; picture < sequences; picture++) {
        pictures.add(picture(shape, stream));
      }
      return TokenBatch.ofPictures(pictures, shape.patch(), new int[0]);
    }
    int[] ids = new int[sequences * length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = stream.nextBelow(config.vocabularySize());
    }
    int[] offsets = new int[sequences + 1];
    for (int sequence = 0; sequence <= sequences; sequence++) {
      offsets[sequence] = sequence * length;
    }
    return new TokenBatch(ids, new int[ids.length], offsets, new int[0]);
  }

  private static Picture picture(ImageShape shape, SeededStream stream) {
    float[] pixels = new float[shape.numbers()];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = stream.nextBelow(SHADES) / (SHADES / 2f) - 1;
    }
    return new Picture(shape.channels(), shape.side(), shape.side(), pixels);
  }
}
