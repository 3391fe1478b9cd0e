/**
 * What files and folders hold, for people.
 *
 * <p>Read {@link dev.rankwise.jobs.inspect.Inspection} first: it tells the kinds apart. Nothing
 * here starts Spark or loads a native library.
 */
package dev.rankwise.jobs.inspect;
