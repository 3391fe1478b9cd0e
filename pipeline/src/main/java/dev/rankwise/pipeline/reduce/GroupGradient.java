package dev.rankwise.pipeline.reduce;

import dev.rankwise.models.network.GroupSum.Said;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * What one task returns: the summed gradient of one group of a step.
 *
 * <p>Each term of the gradient already carries its share of the step's mean, so the driver only
 * adds. The array is not copied, neither in nor out: it holds megabytes, and it is made once, sent,
 * and read once.
 *
 * @param step number of the step whose parameters were used
 * @param group number of the group
 * @param gradient little-endian floats, (parameters); empty if the group has no example
 * @param loss its part of the step's mean loss
 * @param examples number of examples
 * @param tokens number of tokens
 * @param asides what products said beside their results, by micro-batch
 * @param finite whether loss and gradient are finite throughout
 * @param checksum CRC-32C of everything above, taken where the gradient was computed
 * @param timing when it was computed
 */
public record GroupGradient(
    long step,
    int group,
    byte[] gradient,
    double loss,
    long examples,
    long tokens,
    List<Said> asides,
    boolean finite,
    int checksum,
    GroupTiming timing)
    implements Serializable {

  /** A result with the checksum of its parts. */
  public static GroupGradient of(
      long step,
      int group,
      float[] gradient,
      double loss,
      long examples,
      long tokens,
      List<Said> asides,
      GroupTiming timing) {
    boolean finite = Double.isFinite(loss) && allFinite(gradient);
    byte[] bytes = FloatBytes.of(gradient);
    List<Said> said = List.copyOf(asides);
    int checksum = checksum(step, group, bytes, loss, examples, tokens, said, finite);
    return new GroupGradient(
        step, group, bytes, loss, examples, tokens, said, finite, checksum, timing);
  }

  /** A result of which nothing was said beside. */
  public static GroupGradient of(
      long step,
      int group,
      float[] gradient,
      double loss,
      long examples,
      long tokens,
      GroupTiming timing) {
    return of(step, group, gradient, loss, examples, tokens, List.of(), timing);
  }

  /** Whether the parts are those that the checksum was taken of. */
  public boolean isIntact() {
    return checksum == checksum(step, group, gradient, loss, examples, tokens, asides, finite);
  }

  private static int checksum(
      long step,
      int group,
      byte[] gradient,
      double loss,
      long examples,
      long tokens,
      List<Said> asides,
      boolean finite) {
    CRC32C crc = new CRC32C();
    crc.update(gradient);
    ByteBuffer rest = ByteBuffer.allocate(4 * Long.BYTES + Integer.BYTES + 1);
    // Java has many NaN, and serialization sends one of them for all.
    long lossBits = Double.doubleToLongBits(loss);
    rest.putLong(step).putInt(group).putLong(lossBits).putLong(examples).putLong(tokens);
    rest.put((byte) (finite ? 1 : 0)).flip();
    crc.update(rest);
    for (Said said : asides) {
      crc.update(FloatBytes.of(said.terms()));
      crc.update(FloatBytes.of(said.shares()));
    }
    return (int) crc.getValue();
  }

  private static boolean allFinite(float[] values) {
    // 0·x is 0 for a finite x and NaN otherwise; a sum without branches is what the JIT vectorises.
    float zeros = 0;
    for (float value : values) {
      zeros += 0 * value;
    }
    return zeros == 0;
  }
}
