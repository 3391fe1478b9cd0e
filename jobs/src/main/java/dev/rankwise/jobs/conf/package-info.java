/**
 * The recipe: one YAML file that says everything about a run.
 *
 * <p>Read {@link dev.rankwise.jobs.conf.Recipe} first, then the table of keys in {@code
 * RecipeKeys}: reading, checking, suggestions, the documentation and the fingerprint all follow
 * from it. What the keys mean to the engine is said by the sections. Everything here stays on the
 * driver, and nothing here knows of commands, run folders or a running Spark.
 */
package dev.rankwise.jobs.conf;
