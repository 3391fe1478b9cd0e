package dev.rankwise.adapters.stack;

import dev.rankwise.adapters.plan.AdapterPlan;

/**
 * Two adapters that are tuned as one.
 *
 * @param first the one that stands still, by itself
 * @param second the one that is trained, by itself
 * @param both what is trained, and saved
 */
public record StackedPlans(AdapterPlan first, AdapterPlan second, AdapterPlan both) {}
