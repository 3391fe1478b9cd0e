/**
 * AdaLoRA: an update of low rank beside every adapted weight, whose rank follows from how much each
 * of its parts matters.
 *
 * <p>Read {@link dev.rankwise.adapters.adalora.AdaLora} first. This package must not know files,
 * networks or Spark; when parts are taken away is the training loop's to say.
 */
package dev.rankwise.adapters.adalora;
