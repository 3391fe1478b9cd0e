package dev.rankwise.models.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The lifetime of native arrays: whatever is made in a scope ends when the scope is closed, but for
 * what libtorch itself keeps of it for a backward pass: all of it is libtorch's own memory.
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

  /** A float32 array. */
  public NDArray floats(float[] values, long... shape) {
    NDArray array = manager.create(new Shape(shape), DataType.FLOAT32);
    memory(array).asFloatBuffer().put(values);
    return array;
  }

  /** An int64 array, from ints. */
  public NDArray longs(int[] values, long... shape) {
    NDArray array = manager.create(new Shape(shape), DataType.INT64);
    LongBuffer memory = memory(array).asLongBuffer();
    for (int value : values) {
      memory.put(value);
    }
    return array;
  }

  /** An array of truth values, from bytes that are 0 or 1. */
  public NDArray truths(byte[] values, long... shape) {
    NDArray array = manager.create(new Shape(shape), DataType.BOOLEAN);
    memory(array).put(values);
    return array;
  }

  /** A number, as the one-element array in which it crosses the door. */
  public NDArray number(long value) {
    NDArray array = manager.create(new Shape(1), DataType.INT64);
    memory(array).putLong(value);
    return array;
  }

  /** A number, as the float32 array without dimensions in which it crosses the door. */
  public NDArray number(float value) {
    return floats(new float[] {value});
  }

  /** A text, as the bytes in which it crosses the door. */
  public NDArray text(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    NDArray array = manager.create(new Shape(bytes.length), DataType.UINT8);
    memory(array).put(bytes);
    return array;
  }

  /**
   * The array's own memory, to be written. DJL would make an array of a Java buffer and keep that
   * alive no longer than the array, while what libtorch keeps for a backward pass points into it.
   */
  private static ByteBuffer memory(NDArray array) {
    return array.size() == 0 ? ByteBuffer.allocate(0) : array.toByteBuffer(true);
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
