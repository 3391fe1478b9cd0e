/**
 * Adapters as the files of Hugging Face PEFT: read, written, and asked which modules they mean.
 *
 * <p>Read {@link dev.rankwise.adapters.peft.PeftDirectory} first, then {@link
 * dev.rankwise.adapters.peft.PeftConfig}. This package must not know how an adapter computes, nor
 * Spark.
 */
package dev.rankwise.adapters.peft;
