package dev.rankwise.datasets.shard;

import java.io.Serializable;

/**
 * One file of prepared data.
 *
 * @param path relative to the folder of the manifest
 * @param bytes its size
 * @param sha256 hex hash of its bytes
 */
public record PreparedFile(String path, long bytes, String sha256) implements Serializable {}
