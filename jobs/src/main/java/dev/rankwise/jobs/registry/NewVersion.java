package dev.rankwise.jobs.registry;

import dev.rankwise.pipeline.checkpoint.DirectoryWriter;

/**
 * A version that is to be registered.
 *
 * @param card where it comes from
 * @param files writes what it is into a folder
 */
public record NewVersion(VersionCard card, DirectoryWriter files) {}
