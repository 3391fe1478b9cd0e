package dev.rankwise.jobs.tracking;

import dev.rankwise.pipeline.train.StepMetrics;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * The records of a TensorBoard event file: each step's loss, learning rate, gradient norm and speed
 * as scalars.
 *
 * <table>
 * <caption>A record, little-endian</caption>
 * <tr><th>bytes</th><th>content</th></tr>
 * <tr><td>8</td><td>length of the event</td></tr>
 * <tr><td>4</td><td>masked CRC-32C of these 8</td></tr>
 * <tr><td>length</td><td>the event, a protocol buffer</td></tr>
 * <tr><td>4</td><td>masked CRC-32C of the event</td></tr>
 * </table>
 *
 * <p>The CRC is masked as {@code rotateRight(crc, 15) + 0xa282ead8}. An event has the wall time in
 * seconds (field 1, double), the step (2, varint), and the file's version (3, text) or a summary
 * (5) of values (1) with a tag (1, text) and a number (2, float).
 *
 * <p>Source: TensorFlow's {@code record_writer.cc}, {@code event.proto} and {@code summary.proto}.
 */
public final class EventRecords {
  private static final String VERSION = "brain.Event:2";
  private static final int MASK = 0xa282ead8;

  private static final int VARINT = 0;
  private static final int EIGHT_BYTES = 1;
  private static final int BYTES = 2;
  private static final int FOUR_BYTES = 5;

  private EventRecords() {}

  /**
   * The record that opens a file.
   *
   * @param at when the run began
   */
  public static byte[] opening(Instant at) {
    Message event = new Message().number(1, seconds(at));
    return record(event.bytes(3, VERSION.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * The record of a step. A figure that is not finite is written as it is: TensorBoard shows it.
   *
   * @param at when the step ended
   */
  public static byte[] of(StepMetrics step, Instant at) {
    Map<String, Double> scalars =
        Map.of(
            "train/loss", step.loss(),
            "train/learning_rate", step.learningRate(),
            "train/grad_norm", step.gradientNorm(),
            "train/tokens_per_second", step.tokensPerSecond());
    Message summary = new Message();
    scalars.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            scalar ->
                summary.bytes(
                    1,
                    new Message()
                        .bytes(1, scalar.getKey().getBytes(StandardCharsets.UTF_8))
                        .narrow(2, scalar.getValue().floatValue())
                        .toBytes()));
    return record(
        new Message().number(1, seconds(at)).count(2, step.step()).bytes(5, summary.toBytes()));
  }

  private static double seconds(Instant at) {
    return at.toEpochMilli() / 1e3;
  }

  private static byte[] record(Message message) {
    byte[] event = message.toBytes();
    byte[] length = buffer(Long.BYTES).putLong(0, event.length).array();
    return buffer(2 * Long.BYTES + event.length)
        .putLong(event.length)
        .putInt(masked(length))
        .put(event)
        .putInt(masked(event))
        .array();
  }

  private static int masked(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return Integer.rotateRight((int) crc.getValue(), 15) + MASK;
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A protocol buffer of few fields. */
  private static final class Message {
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();

    Message number(int field, double value) {
      key(field, EIGHT_BYTES);
      written.writeBytes(buffer(Double.BYTES).putDouble(0, value).array());
      return this;
    }

    Message narrow(int field, float value) {
      key(field, FOUR_BYTES);
      written.writeBytes(buffer(Float.BYTES).putFloat(0, value).array());
      return this;
    }

    Message count(int field, long value) {
      key(field, VARINT);
      varint(value);
      return this;
    }

    Message bytes(int field, byte[] value) {
      key(field, BYTES);
      varint(value.length);
      written.writeBytes(value);
      return this;
    }

    byte[] toBytes() {
      return written.toByteArray();
    }

    private void key(int field, int type) {
      varint(((long) field << 3) | type);
    }

    private void varint(long value) {
      long left = value;
      while (left > 0x7f) {
        written.write((int) ((left & 0x7f) | 0x80));
        left >>>= 7;
      }
      written.write((int) left);
    }
  }
}
