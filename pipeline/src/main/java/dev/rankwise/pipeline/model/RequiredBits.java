package dev.rankwise.pipeline.model;

import java.io.Serializable;

/**
 * The bits that fixed kernels must give where a model is opened.
 *
 * @param sha256 hash of what the kernels give; empty if any will do
 * @param processor the processor that gave them, for people
 */
public record RequiredBits(String sha256, String processor) implements Serializable {
  private static final RequiredBits ANY = new RequiredBits("", "");

  /** Those of whatever processor computes. */
  public static RequiredBits any() {
    return ANY;
  }

  boolean areAny() {
    return sha256.isEmpty();
  }
}
