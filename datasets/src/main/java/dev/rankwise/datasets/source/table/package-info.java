/**
 * Rows of tables: of Spark's catalogs, of queries over them, of Iceberg and Delta by snapshot or
 * version, and of other databases.
 *
 * <p>Read {@link dev.rankwise.datasets.source.table.TableSource} first. What of a table tells that
 * it changed is told by {@link dev.rankwise.datasets.source.table.PlanVersion}.
 */
package dev.rankwise.datasets.source.table;
