package dev.rankwise.jobs.report;

/**
 * The frozen base of a run.
 *
 * @param name what people call it
 * @param sha256 hash of its files
 * @param parameters number of its parameters
 * @param type element type that it is computed in: {@code float32}, {@code bfloat16}
 * @param form how its linear weights are held, if in four bits: {@code nf4}; empty if they are not
 */
public record TunedBase(String name, String sha256, long parameters, String type, String form) {}
