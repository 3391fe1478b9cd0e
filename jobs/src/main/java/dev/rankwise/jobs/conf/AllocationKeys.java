package dev.rankwise.jobs.conf;

import dev.rankwise.adapters.adalora.TieRule;
import dev.rankwise.adapters.spec.RankAllocation;
import dev.rankwise.pipeline.tune.AllocationSettings;
import dev.rankwise.pipeline.tune.AllocationSettings.MaskedTriplets;
import dev.rankwise.pipeline.tune.AllocationSettings.SensitivityPoint;
import java.util.List;
import java.util.Map;

/** The keys of a method that moves rank between modules, and what their values come to. */
final class AllocationKeys {
  private AllocationKeys() {}

  static List<RecipeKey> all() {
    RankAllocation usual = RankAllocation.usual();
    AllocationSettings settings = AllocationSettings.usual();
    return List.of(
        key(
                "target-rank",
                KeyType.whole("[1, 65536]"),
                "`adalora`: mean rank of a module at the end; `rank` is that at the start")
            .otherwise("half of `rank`"),
        key(
                "initial-fraction",
                KeyType.number("[0, 1)"),
                "`adalora`: share of the run's steps before the first decision on ranks")
            .byDefault(settings.initialFraction()),
        key(
                "final-fraction",
                KeyType.number("(0, 1)"),
                "`adalora`: share of the run's steps after the last decision on ranks")
            .byDefault(settings.finalFraction()),
        key(
                "decision-interval",
                KeyType.whole("[1, 2147483647]"),
                "`adalora`: steps between two decisions on ranks")
            .in("steps")
            .byDefault((long) usual.interval()),
        key(
                "sensitivity-smoothing",
                KeyType.number("(0, 1)"),
                "`adalora`: share of the sensitivity so far that stays at each step")
            .byDefault(usual.sensitivitySmoothing()),
        key(
                "uncertainty-smoothing",
                KeyType.number("(0, 1)"),
                "`adalora`: share of the uncertainty so far that stays at each step")
            .byDefault(usual.uncertaintySmoothing()),
        key(
                "orthogonality",
                KeyType.number("[0, inf)"),
                "`adalora`: weight of the orthogonality term; it is no part of reported losses")
            .byDefault(usual.orthogonality()),
        key(
                "sensitivity",
                KeyType.choice(Words.all(List.of(SensitivityPoint.values()))),
                "`adalora`: weights after the step, as in PEFT, or before it, as in the paper")
            .byDefault(Words.of(settings.point())),
        key(
                "ties",
                KeyType.choice(Words.all(List.of(TieRule.values()))),
                "`adalora`: of parts that matter alike the later ones go, or, as in PEFT, all")
            .byDefault(Words.of(settings.ties())),
        key(
                "drop-masked",
                KeyType.truth(),
                "`adalora`: whether executors stop computing what is gone for good")
            .byDefault(settings.masked() == MaskedTriplets.DROPPED));
  }

  private static RecipeKey key(String name, KeyType type, String meaning) {
    return RecipeKey.of("adapter." + name, type, meaning).decidingBits();
  }

  /** What an adapter's file says of it; the number of steps comes with the run. */
  static RankAllocation allocation(RecipeValues values) {
    RankAllocation usual = RankAllocation.usual();
    int target =
        values.has("adapter.target-rank")
            ? values.whole("adapter.target-rank")
            : Math.max(1, values.whole("adapter.rank") / 2);
    return new RankAllocation(
        target,
        usual.totalSteps(),
        usual.initialSteps(),
        usual.finalSteps(),
        values.whole("adapter.decision-interval"),
        values.number("adapter.sensitivity-smoothing"),
        values.number("adapter.uncertainty-smoothing"),
        values.number("adapter.orthogonality"),
        Map.of());
  }

  /** How training goes about it. */
  static AllocationSettings settings(RecipeValues values) {
    return new AllocationSettings(
        values.constant(SensitivityPoint.class, "adapter.sensitivity"),
        values.constant(TieRule.class, "adapter.ties"),
        values.truth("adapter.drop-masked") ? MaskedTriplets.DROPPED : MaskedTriplets.CARRIED,
        values.number("adapter.initial-fraction"),
        values.number("adapter.final-fraction"));
  }
}
