package dev.rankwise.pipeline.checkpoint;

import java.util.SortedMap;

/**
 * A checkpoint that was read whole and is what its manifest says.
 *
 * @param name term and step
 * @param fingerprint what the bytes of its run depend on, by dotted name
 * @param state what the run remembered
 * @param finished whether its run came to its end: nothing is left to go on with
 */
public record Checkpoint(
    CheckpointName name, SortedMap<String, String> fingerprint, Snapshot state, boolean finished) {}
