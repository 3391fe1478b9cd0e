/**
 * LoRA that starts from a weight's largest singular values.
 *
 * <p>Read {@link dev.rankwise.adapters.pissa.PrincipalFactors} first. This package must not know
 * files, networks or Spark.
 */
package dev.rankwise.adapters.pissa;
