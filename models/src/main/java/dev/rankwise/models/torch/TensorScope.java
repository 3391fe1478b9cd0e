package dev.rankwise.models.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The lifetime of native arrays: whatever is made in a scope ends when the scope is closed.
 *
 * <p>Native memory is not seen by the collector, so every array belongs to a scope, and {@link
 * #open()} counts the scopes alive: a test that ends with more than it began with has a leak.
 */
public final class TensorScope implements AutoCloseable {
  private static final AtomicInteger OPEN = new AtomicInteger();

  private final NDManager manager;
  private boolean closed;

  TensorScope(NDManager manager) {
    this.manager = manager;
    OPEN.incrementAndGet();
  }

  /** Scopes of this JVM that are not closed. */
  public static int open() {
    return OPEN.get();
  }

  /** A float32 array in libtorch's own aligned memory. */
  public NDArray floats(float[] values, long... shape) {
    return manager.create(values, new Shape(shape));
  }

  /** An int64 array, from ints. */
  public NDArray longs(int[] values, long... shape) {
    long[] wide = new long[values.length];
    for (int i = 0; i < values.length; i++) {
      wide[i] = values[i];
    }
    return manager.create(wide, new Shape(shape));
  }

  /** An array of truth values, from bytes that are 0 or 1. */
  public NDArray truths(byte[] values, long... shape) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(values.length).order(ByteOrder.nativeOrder());
    buffer.put(values).flip();
    return manager.create(buffer, new Shape(shape), DataType.BOOLEAN);
  }

  /** A number, as the one-element array in which it crosses the door. */
  public NDArray number(long value) {
    return manager.create(new long[] {value}, new Shape(1));
  }

  /** A number, as the float32 array without dimensions in which it crosses the door. */
  public NDArray number(float value) {
    return manager.create(value);
  }

  /** A text, as the bytes in which it crosses the door. */
  public NDArray text(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    ByteBuffer buffer = ByteBuffer.allocateDirect(bytes.length).order(ByteOrder.nativeOrder());
    buffer.put(bytes).flip();
    return manager.create(buffer, new Shape(bytes.length), DataType.UINT8);
  }

  /** A float32 array of zeros. */
  public NDArray zeros(long... shape) {
    return manager.zeros(new Shape(shape));
  }

  /**
   * A fresh leaf that shares the memory of {@code values} and collects a gradient of its own.
   *
   * <p>Fresh, because after one backward pass that met a NaN no zeroing clears a leaf's gradient.
   */
  public NDArray leaf(NDArray values) {
    PtNDArray alias = JniUtils.detachGradient((PtNDArray) values);
    alias.attach(manager);
    JniUtils.attachGradient(alias, true);
    return alias;
  }

  /** Takes over an array of another scope, and gives it back. */
  public NDArray keep(NDArray array) {
    array.attach(manager);
    return array;
  }

  /** A scope whose arrays end with it, or with this one at the latest. */
  public TensorScope inner() {
    return new TensorScope(manager.newSubManager());
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      OPEN.decrementAndGet();
      manager.close();
    }
  }

  NDManager manager() {
    return manager;
  }
}
