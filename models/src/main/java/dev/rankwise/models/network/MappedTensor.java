package dev.rankwise.models.network;

import java.util.List;

/**
 * One frozen tensor as a kernel reads it: one tensor of the base, or several laid one after the
 * other along their first dimension.
 *
 * @param sources full names of the tensors it is made of
 */
record MappedTensor(List<String> sources) {

  MappedTensor {
    sources = List.copyOf(sources);
  }
}
