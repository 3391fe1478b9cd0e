package dev.rankwise.jobs.survey;

/**
 * An executor as the driver knows it.
 *
 * @param id its id in Spark
 * @param address host and port
 * @param cores its cores
 * @param tasks how many tasks it runs at once
 */
public record RegisteredExecutor(String id, String address, int cores, int tasks) {}
