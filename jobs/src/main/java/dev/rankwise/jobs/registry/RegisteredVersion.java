package dev.rankwise.jobs.registry;

import java.time.Instant;

/**
 * A version in a registry.
 *
 * @param number its number, from 1
 * @param address the folder that holds it: a path of this host, or an address
 * @param registered when it was registered, by the clock of who did
 * @param card where it comes from
 */
public record RegisteredVersion(int number, String address, Instant registered, VersionCard card) {}
