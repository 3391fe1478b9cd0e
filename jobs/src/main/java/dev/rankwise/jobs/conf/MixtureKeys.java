package dev.rankwise.jobs.conf;

import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.adapters.spec.ExpertMixture.Gates;
import dev.rankwise.adapters.spec.ExpertMixture.Router;
import dev.rankwise.adapters.spec.ExpertMixture.Scope;
import java.util.List;

/** The keys of a method that routes experts, and what their values come to. */
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
                "router",
                KeyType.choice(Words.all(List.of(Router.values()))),
                "what decides which: each token's state, a table by task, or an embedding of the"
                    + " task, with alpha over the rank of all experts")
            .byDefault(Words.of(usual.router())),
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
            .byDefault(usual.jitter()),
        key("tasks", KeyType.whole("[1, 65536]"), "how many tasks a router by task knows")
            .byDefault((long) usual.tasks()),
        key("task-embedding", KeyType.whole("[1, 65536]"), "numbers of a task's embedding")
            .byDefault((long) usual.embedding()));
  }

  private static RecipeKey key(String name, KeyType type, String meaning) {
    return RecipeKey.of("adapter." + name, type, "`moe-lora`: " + meaning).decidingBits();
  }

  static ExpertMixture mixture(RecipeValues values) {
    return new ExpertMixture(
        values.whole("adapter.experts"),
        values.whole("adapter.top-k"),
        values.constant(Router.class, "adapter.router"),
        values.constant(Scope.class, "adapter.router-scope"),
        values.constant(Gates.class, "adapter.router-gates"),
        values.number("adapter.router-temperature"),
        values.number("adapter.balance-weight"),
        values.number("adapter.router-z-weight"),
        values.number("adapter.router-jitter"),
        values.whole("adapter.tasks"),
        values.whole("adapter.task-embedding"));
  }
}
