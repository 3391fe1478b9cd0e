/**
 * What an adapter of any method is on a given base: its plan, its start and its value. This is also
 * where every method is listed, once.
 *
 * <p>Read {@link dev.rankwise.adapters.plan.AdapterPlan} first, then {@link
 * dev.rankwise.adapters.plan.Adapter}. This package must not know how adapters are stored, nor
 * Spark.
 */
package dev.rankwise.adapters.plan;
