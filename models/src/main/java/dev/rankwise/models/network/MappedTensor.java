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
    OUTPUT_NORMS,
    /** Its numbers in four bits, two to a byte, the last block filled up. */
    CODES,
    /** The scale of each of its blocks in four bits: float32, or a byte where quantised too. */
    BLOCK_SCALES,
    /** What its quantised scales are made with, float32. */
    SCALE_PARAMETERS,
    /** Both values of each byte of the code that the source names, float32. */
    CODE_PAIRS
  }

  MappedTensor {
    sources = List.copyOf(sources);
  }
}
