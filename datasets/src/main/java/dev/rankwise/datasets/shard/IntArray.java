package dev.rankwise.datasets.shard;

import java.util.Arrays;

/** Whole numbers in a row that grows: four bytes each, however many there are. */
public final class IntArray {
  private static final int FIRST_CAPACITY = 16;

  private int[] values = new int[FIRST_CAPACITY];
  private int size;

  /** Appends a number. */
  public void add(int value) {
    if (size == values.length) {
      values = Arrays.copyOf(values, Math.addExact(size, size >> 1));
    }
    values[size++] = value;
  }

  /** The numbers so far. */
  public int[] toArray() {
    return Arrays.copyOf(values, size);
  }
}
