/**
 * What the parts of a step cost that are plain Java: the driver's work between two steps, and the
 * files around a run. Run them with {@code benchmarks/micro}; whole runs beside the peers are
 * {@code benchmarks/compare}.
 */
package dev.rankwise.benchmarks;
