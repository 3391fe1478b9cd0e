/**
 * What a base is made of: its configuration, its modules, the names and shapes of its weights.
 *
 * <p>Read {@link dev.rankwise.models.config.ModelConfig} first, then {@link
 * dev.rankwise.models.config.ModuleTree}: everything else, adapters included, finds modules through
 * that tree. {@link dev.rankwise.models.config.BaseWeights} joins the tree with a file.
 *
 * <p>This package knows nothing of the engine, of adapters or of training.
 */
package dev.rankwise.models.config;
