package dev.rankwise.jobs.conf;

import dev.rankwise.adapters.adalora.TieRule;
import dev.rankwise.adapters.spec.ExpertGroups;
import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.adapters.spec.ExpertMixture.Gates;
import dev.rankwise.adapters.spec.ExpertMixture.Kind;
import dev.rankwise.adapters.spec.ExpertMixture.Router;
import dev.rankwise.adapters.spec.ExpertMixture.Scope;
import dev.rankwise.adapters.spec.RankAllocation;
import dev.rankwise.models.config.VisionEmbedding;
import dev.rankwise.pipeline.tune.AllocationSettings;
import dev.rankwise.pipeline.tune.AllocationSettings.MaskedTriplets;
import dev.rankwise.pipeline.tune.AllocationSettings.SensitivityPoint;
import dev.rankwise.pipeline.vision.AskedSight;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The keys of single methods, and what their values come to: of one that moves rank between
 * modules, and of one that routes experts.
 */
final class MethodKeys {
  private static final String MIXTURE = "moe-lora";
  private static final double GROUP_PREFERENCE = 0.1;

  private MethodKeys() {}

  static List<RecipeKey> all() {
    List<RecipeKey> keys = new ArrayList<>();
    keys.add(
        RecipeKey.of(
                "adapter.frozen",
                KeyType.text(),
                "`lora`: an adapter that stays as it is beneath the one that is tuned, a run folder or"
                    + " one in PEFT's form; what is saved holds both")
            .otherwise("none"));
    keys.add(
        RecipeKey.of(
                "adapter.start",
                KeyType.text(),
                "an adapter of the same settings that the one which is tuned begins as, a run folder or"
                    + " one in PEFT's form")
            .otherwise("none: it begins from scratch"));
    keys.add(
        key(
                "feedforward-modules",
                KeyType.modules(),
                "modules whose inputs are multiplied and not their outputs, as `targets`")
            .of("ia3")
            .otherwise("the usual ones of the base"));
    keys.addAll(ofAllocation());
    keys.addAll(ofRouters());
    keys.addAll(ofMixture());
    keys.addAll(ofBalance());
    keys.addAll(ofVision());
    return keys;
  }

  private static List<RecipeKey> ofVision() {
    return List.of(
        seeing(
                "teacher",
                KeyType.text(),
                "a frozen ViT, named as a base is: each adapted block's input is compared with what the"
                    + " teacher's own block makes of the picture")
            .otherwise("none")
            .decidingBitsUnlessDefault(),
        seeing("image-side", KeyType.whole("[1, 16384]"), "height and width of a picture")
            .in("pixels")
            .otherwise("that of the teacher, or " + AskedSight.SIDE)
            .decidingBitsUnlessDefault(),
        seeing("image-patch", KeyType.whole("[1, 16384]"), "height and width of a patch")
            .in("pixels")
            .otherwise("that of the teacher, or " + AskedSight.PATCH)
            .decidingBitsUnlessDefault(),
        seeing(
                "image-width",
                KeyType.whole("[1, 1048576]"),
                "numbers of a patch's vector before it is projected to the decoder's width")
            .otherwise("the width of the teacher, or of the base")
            .decidingBitsUnlessDefault(),
        seeing(
                "image-attention",
                KeyType.choice(Words.all(List.of(VisionEmbedding.Attention.values()))),
                "what the patches of one picture attend to: all of them, or, as text does, those"
                    + " before")
            .byDefault(Words.of(VisionEmbedding.Attention.BIDIRECTIONAL))
            .decidingBitsUnlessDefault(),
        seeing(
                "image-layers",
                KeyType.whole("[1, 65536]"),
                "blocks that are adapted, counted from the first; `layers` goes before it")
            .otherwise("as many as the teacher has, or all")
            .decidingBitsUnlessDefault());
  }

  private static RecipeKey seeing(String name, KeyType type, String meaning) {
    return RecipeKey.of("adapter." + name, type, meaning).of("vora");
  }

  private static List<RecipeKey> ofAllocation() {
    RankAllocation usual = RankAllocation.usual();
    AllocationSettings settings = AllocationSettings.usual();
    return List.of(
        moved(
                "target-rank",
                KeyType.whole("[1, 65536]"),
                "mean rank of a module at the end; `rank` is that at the start")
            .otherwise("half of `rank`"),
        moved(
                "initial-fraction",
                KeyType.number("[0, 1)"),
                "share of the run's steps before the first decision on ranks")
            .byDefault(settings.initialFraction()),
        moved(
                "final-fraction",
                KeyType.number("(0, 1)"),
                "share of the run's steps after the last decision on ranks")
            .byDefault(settings.finalFraction()),
        moved(
                "decision-interval",
                KeyType.whole("[1, 2147483647]"),
                "steps between two decisions on ranks")
            .in("steps")
            .byDefault((long) usual.interval()),
        moved(
                "sensitivity-smoothing",
                KeyType.number("(0, 1)"),
                "share of the sensitivity so far that stays at each step")
            .byDefault(usual.sensitivitySmoothing()),
        moved(
                "uncertainty-smoothing",
                KeyType.number("(0, 1)"),
                "share of the uncertainty so far that stays at each step")
            .byDefault(usual.uncertaintySmoothing()),
        moved(
                "orthogonality",
                KeyType.number("[0, inf)"),
                "weight of the orthogonality term; it is no part of reported losses")
            .byDefault(usual.orthogonality()),
        moved(
                "sensitivity",
                KeyType.choice(Words.all(List.of(SensitivityPoint.values()))),
                "weights after the step, as in PEFT, or before it, as in the paper")
            .byDefault(Words.of(settings.point())),
        moved(
                "ties",
                KeyType.choice(Words.all(List.of(TieRule.values()))),
                "of parts that matter alike the later ones go, or, as in PEFT, all")
            .byDefault(Words.of(settings.ties())),
        moved(
                "drop-masked",
                KeyType.truth(),
                "whether executors stop computing what is gone for good")
            .byDefault(settings.masked() == MaskedTriplets.DROPPED));
  }

  private static RecipeKey moved(String name, KeyType type, String meaning) {
    return key(name, type, meaning).of("adalora");
  }

  private static List<RecipeKey> ofRouters() {
    ExpertMixture usual = ExpertMixture.usual();
    return List.of(
        routed(
                "router",
                KeyType.choice(Words.all(List.of(Router.values()))),
                "what decides on experts: the token, the row's task by a table of scores, or an"
                    + " embedding of the task")
            .byDefault(Words.of(usual.router()))
            .decidingBitsUnlessDefault(),
        routed("tasks", KeyType.whole("[1, 65536]"), "tasks that a router by task knows")
            .otherwise("those of `data.tasks`")
            .decidingBitsUnlessDefault(),
        routed(
                "task-embedding",
                KeyType.whole("[1, 65536]"),
                "numbers of a task's embedding, of router `task-embedding`")
            .byDefault((long) usual.embedding())
            .decidingBitsUnlessDefault());
  }

  private static List<RecipeKey> ofMixture() {
    ExpertMixture usual = ExpertMixture.usual();
    return List.of(
        routed(
                "experts",
                KeyType.whole("[1, 65536]"),
                "experts of each router; `rank` is that of one")
            .byDefault((long) usual.experts()),
        routed(
                "experts-by-layer",
                KeyType.wholes(),
                "instead of `experts`: their numbers from the first layer up; the layers are as many"
                    + " equal stretches as there are numbers")
            .otherwise("`experts` in each layer")
            .decidingBitsUnlessDefault(),
        routed(
                "top-k",
                KeyType.whole("[1, 65536]"),
                "experts that compute a token; all, weighted, if" + " it is their number")
            .byDefault((long) usual.topK()),
        routed(
                "router-scope",
                KeyType.choice(Words.all(List.of(Scope.values()))),
                "what has a router of its own: each module; each feed-forward part, beside plain"
                    + " LoRA on other targets; or each feed-forward part and each other target")
            .byDefault(Words.of(usual.scope())),
        routed(
                "router-gates",
                KeyType.choice(Words.all(List.of(Gates.values()))),
                "weights of a token's experts: their probabilities made to sum to 1, or as they are")
            .byDefault(Words.of(usual.gates())),
        routed(
                "router-temperature",
                KeyType.number("(0, inf)"),
                "what the router's scores are divided by")
            .byDefault(usual.temperature()));
  }

  private static List<RecipeKey> ofBalance() {
    ExpertMixture usual = ExpertMixture.usual();
    return List.of(
        routed(
                "balance-weight",
                KeyType.number("[0, inf)"),
                "weight of the term that keeps experts evenly loaded; it is no part of reported"
                    + " losses")
            .byDefault(usual.balance()),
        routed(
                "task-groups",
                KeyType.textByName(),
                "the group of each of the tasks of `data.tasks`, by its name: as many experts belong to"
                    + " each group, and balance compares their loads by groups; with `top-k` the number"
                    + " of experts; see [adapters](adapters.md#balance-between-groups)")
            .otherwise("none: all experts are to be loaded alike")
            .decidingBitsUnlessDefault(),
        routed(
                "group-preference",
                KeyType.number("[0, 1)"),
                "by how much an expert's load by rows of its own group counts more in balance, and by"
                    + " others less")
            .byDefault(GROUP_PREFERENCE)
            .decidingBitsUnlessDefault(),
        routed(
                "router-z-weight",
                KeyType.number("[0, inf)"),
                "weight of the term that keeps the router's scores small; no part of reported losses")
            .byDefault(usual.scores()),
        routed(
                "router-jitter",
                KeyType.number("[0, 1)"),
                "how far from 1 the numbers may lie that training multiplies the router's input by")
            .byDefault(usual.jitter()));
  }

  private static RecipeKey routed(String name, KeyType type, String meaning) {
    return key(name, type, meaning).of(MIXTURE);
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

  /** How experts are routed. */
  static ExpertMixture mixture(RecipeValues values) {
    ExpertMixture usual = ExpertMixture.usual();
    boolean asked = values.text("adapter.method").equals(MIXTURE);
    Router router = asked ? values.constant(Router.class, "adapter.router") : usual.router();
    List<String> names = SequenceSection.TaskRows.names(values);
    boolean byTask = router != Router.TOKEN && !names.isEmpty();
    List<Integer> byLayer = asked ? values.wholes("adapter.experts-by-layer") : List.of();
    ExpertGroups groups = asked ? groups(values, names) : ExpertGroups.none();
    boolean named = byTask || !groups.isEmpty();
    return new ExpertMixture(
        byLayer.stream().max(Integer::compare).orElseGet(() -> values.whole("adapter.experts")),
        values.whole("adapter.top-k"),
        router,
        values.constant(Scope.class, "adapter.router-scope"),
        values.constant(Gates.class, "adapter.router-gates"),
        values.number("adapter.router-temperature"),
        values.number("adapter.balance-weight"),
        values.number("adapter.router-z-weight"),
        values.number("adapter.router-jitter"),
        named ? names.size() : usual.tasks(),
        values.whole("adapter.task-embedding"),
        named ? names : List.of(),
        asked && values.truth("adapter.use-dora") ? Kind.DORA : Kind.LORA,
        byLayer,
        groups);
  }

  /** Groups are numbered in the order in which the tasks come to them. */
  private static ExpertGroups groups(RecipeValues values, List<String> tasks) {
    Map<String, String> named = values.textsByName("adapter.task-groups");
    if (named.isEmpty() || !named.keySet().equals(Set.copyOf(tasks))) {
      return ExpertGroups.none();
    }
    List<String> groups = tasks.stream().map(named::get).distinct().toList();
    return new ExpertGroups(
        tasks.stream().map(task -> groups.indexOf(named.get(task))).toList(),
        values.number("adapter.group-preference"));
  }
}
