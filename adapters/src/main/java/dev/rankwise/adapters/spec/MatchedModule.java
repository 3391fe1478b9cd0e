package dev.rankwise.adapters.spec;

import dev.rankwise.models.config.ModuleShape;

/**
 * A module that is adapted.
 *
 * @param module where it lies and how large it is
 * @param rank r, the number of rows of A and columns of B
 * @param alpha α, the numerator of the scale
 * @param scale s, the factor on its update: {@link AdapterSpec.Scaling} of α and r
 * @param biasOfB whether its factor B has a bias
 */
public record MatchedModule(
    ModuleShape module, int rank, double alpha, double scale, boolean biasOfB) {}
