/**
 * Random numbers that are the same on every Java version and every machine.
 *
 * <p>Read {@link dev.rankwise.models.random.SeededStream} first. This package must not know what
 * the numbers are for.
 */
package dev.rankwise.models.random;
