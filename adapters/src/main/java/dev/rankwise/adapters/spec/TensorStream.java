package dev.rankwise.adapters.spec;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.*;
import java.util.SplittableRandom;

public final class TensorStream {
  private final SplittableRandom random;

  public TensorStream(long seed, String name) {
    try {
      byte[] d = MessageDigest.getInstance("SHA-256").digest((seed + "\n" + name).getBytes(StandardCharsets.UTF_8));
      random = new SplittableRandom(ByteBuffer.wrap(d).getLong());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  public float[] uniform(int size, double bound) {
    float[] v = new float[size];
    for (int i = 0; i < size; i++) v[i] = (float) (bound * (2 * random.nextDouble() - 1));
    return v;
  }

  public float[] normal(int size, double deviation) {
    float[] v = new float[size];
    for (int i = 0; i < size; i++)
      v[i] = (float) (deviation * StrictMath.sqrt(-2 * StrictMath.log(1 - random.nextDouble())) * StrictMath.cos(2 * StrictMath.PI * random.nextDouble()));
    return v;
  }
}
