package dev.rankwise.models.network;

import java.util.List;

/**
 * One frozen tensor as a kernel reads it: one tensor of the base, or several laid one after the
 * other along their first dimension.
 *
 * @param sources full names of the tensors it is made of
 * @param form what of them the kernel reads
 */
record MappedTensor(List<String> sources, Form form) {

  /** What of a tensor is read. */
  enum Form {
    /** All of it. */
    WHOLE,
    /** The norm of the weights of each output, float32; computed when a replica is opened. */
    OUTPUT_NORMS
  }

  MappedTensor {
    sources = List.copyOf(sources);
  }
}
