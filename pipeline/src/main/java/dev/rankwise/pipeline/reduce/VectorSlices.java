package dev.rankwise.pipeline.reduce;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ForkJoinTask;

/**
 * Work over all elements of a vector, split between the driver's cores while no executor computes.
 * Each element is computed by itself, so the split leaves no trace in the bits.
 */
public final class VectorSlices {
  /** Elements below which a thread costs more than it brings. */
  private static final int LEAST = 1 << 16;

  private static final int MOST = Math.min(8, Runtime.getRuntime().availableProcessors());

  private VectorSlices() {}

  /** Work on a part of a vector. */
  @FunctionalInterface
  public interface Slice {
    /** Computes the elements from {@code begin} up to {@code end}, and touches no other. */
    void compute(int begin, int end);
  }

  /** Computes the elements from {@code begin} up to {@code end}, some slices at a time. */
  public static void each(int begin, int end, Slice slice) {
    int slices = Math.max(1, Math.min(MOST, (end - begin) / LEAST));
    List<ForkJoinTask<?>> tasks = new ArrayList<>(slices);
    for (int i = 0; i < slices; i++) {
      int first = begin + (int) ((long) (end - begin) * i / slices);
      int last = begin + (int) ((long) (end - begin) * (i + 1) / slices);
      tasks.add(ForkJoinTask.adapt(() -> slice.compute(first, last)));
    }
    ForkJoinTask.invokeAll(tasks);
  }
}
