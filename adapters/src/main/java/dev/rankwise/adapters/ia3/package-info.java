/**
 * IA³: what a module reads or writes is multiplied number by number.
 *
 * <p>Read {@link dev.rankwise.adapters.ia3.Ia3} first. This package must not know files, networks
 * or Spark.
 */
package dev.rankwise.adapters.ia3;
