package dev.rankwise.models.network;

import java.util.List;

/**
 * The kernels of one base with one adapter, as text, and what each segment feeds them.
 *
 * @param source texts of all methods
 * @param segments the segments in the order of computation
 */
record LinkedProgram(String source, List<LinkedSegment> segments) {

  LinkedProgram {
    segments = List.copyOf(segments);
  }

  /**
   * One segment, ready to be called.
   *
   * @param name the segment's name
   * @param method the method that computes it; segments of one shape share one method
   * @param weights the frozen tensors it reads, in the order of its list argument
   * @param offset where its trainable tensors begin in the flat parameter vector
   * @param size how many trainable numbers it has
   */
  record LinkedSegment(
      String name, String method, List<MappedTensor> weights, int offset, int size) {

    LinkedSegment {
      weights = List.copyOf(weights);
    }
  }
}
