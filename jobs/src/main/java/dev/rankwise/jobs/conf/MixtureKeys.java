package dev.rankwise.jobs.conf;

import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.adapters.spec.ExpertMixture.Gates;
import dev.rankwise.adapters.spec.ExpertMixture.Scope;
import java.util.List;

/**
 * The keys of a method that routes experts by tokens, and what their values come to. Rows have no
 * tasks yet, so no recipe trains a router over tasks.
 */
final class MixtureKeys {
  private MixtureKeys() {}

  static List<RecipeKey> all() {
    ExpertMixture usual = ExpertMixture.usual();
    return List.of(
        key("experts", KeyType.whole("[1, 65536]"), "experts of each router; `rank` is that of one")
            .byDefault((long) usual.experts()),
        key(
                "top-k",
                KeyType.whole("[1, 65536]"),
                "experts that compute a token; all, weighted, if" + " it is their number")
            .byDefault((long) usual.topK()),
        key(
                "router-scope",
                KeyType.choice(Words.all(List.of(Scope.values()))),
                "what has a router of its own: each module, or each feed-forward part, beside plain"
                    + " LoRA on other targets")
            .byDefault(Words.of(usual.scope())),
        key(
                "router-gates",
                KeyType.choice(Words.all(List.of(Gates.values()))),
                "weights of a token's experts: their probabilities made to sum to 1, or as they are")
            .byDefault(Words.of(usual.gates())),
        key(
                "router-temperature",
                KeyType.number("(0, inf)"),
                "what the router's scores are divided by")
            .byDefault(usual.temperature()),
        key(
                "balance-weight",
                KeyType.number("[0, inf)"),
                "weight of the term that keeps experts evenly loaded; it is no part of reported"
                    + " losses")
            .byDefault(usual.balance()),
        key(
                "router-z-weight",
                KeyType.number("[0, inf)"),
                "weight of the term that keeps the router's scores small; no part of reported losses")
            .byDefault(usual.scores()),
        key(
                "router-jitter",
                KeyType.number("[0, 1)"),
                "how far from 1 the numbers may lie that training multiplies the router's input by")
            .byDefault(usual.jitter()));
  }

  private static RecipeKey key(String name, KeyType type, String meaning) {
    return RecipeKey.of("adapter." + name, type, "`moe-lora`: " + meaning).decidingBits();
  }

  static ExpertMixture mixture(RecipeValues values) {
    ExpertMixture usual = ExpertMixture.usual();
    return new ExpertMixture(
        values.whole("adapter.experts"),
        values.whole("adapter.top-k"),
        usual.router(),
        values.constant(Scope.class, "adapter.router-scope"),
        values.constant(Gates.class, "adapter.router-gates"),
        values.number("adapter.router-temperature"),
        values.number("adapter.balance-weight"),
        values.number("adapter.router-z-weight"),
        values.number("adapter.router-jitter"),
        usual.tasks(),
        usual.embedding());
  }
}
