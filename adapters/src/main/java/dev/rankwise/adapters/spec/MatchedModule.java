package dev.rankwise.adapters.spec;

import dev.rankwise.models.config.ModuleShape;

/**
 * A module that is adapted.
 *
 * @param module the module
 * @param rank its rank
 * @param alpha its alpha
 * @param scale factor on its update
 */
public record MatchedModule(ModuleShape module, int rank, double alpha, double scale) {}
