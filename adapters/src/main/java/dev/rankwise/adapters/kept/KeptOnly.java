package dev.rankwise.adapters.kept;

import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.MatchedModules;
import dev.rankwise.adapters.spec.ModuleMatcher;
import dev.rankwise.models.config.ModuleTree;

/**
 * Adapts no module: only the kept modules (a classifier, a pooler) are trained, on top of a base
 * that stays as it is. With a classifier alone this is a linear probe. Targets, rank and alpha of
 * the configuration say nothing here.
 *
 * <p>PEFT has no such method: each of its adapters must match a module.
 */
public record KeptOnly() implements WithoutFactors {
  /** The method's name in recipes. */
  public static final String NAME = "none";

  /** The configuration that adapts and keeps nothing: what a whole model has beside it. */
  public static AdapterSpec nothing() {
    return AdapterSpec.of(NAME);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public MatchedModules match(
      ModuleTree tree, AdapterSpec spec, ModuleMatcher.Strictness strictness) {
    return ModuleMatcher.matchKept(tree, spec, strictness);
  }
}
